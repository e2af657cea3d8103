import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";

import { createLimiter } from "@sluice/core";
import { seededRandom } from "@sluice/core/testing";

import { nativeStore } from "../../src/index.ts";
import { flightLimits, freshLimits, leaseMs, pairLimits, userCount } from "./torture-limits.ts";

// Decides until it is killed. Its journal goes through a pipe, a line before and a line after, so that what it said is known
// whatever becomes of it: `w kind user times` wants, `d kind user times` has been admitted so many, `t ms` is the longest call yet.
const [path = "", seed = "1"] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const store = nativeStore({ shared: { path } });
const pair = createLimiter({ limits: pairLimits, store });
const flight = createLimiter({ limits: flightLimits, store });
const fresh = createLimiter({ limits: freshLimits, store });
let longestMs = 10;
let calls = 0;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Does a call, and tells how long the longest took. */
function timed<T>(call: () => T): T {
  const startMs = performance.now();
  const answer = call();
  const tookMs = performance.now() - startMs;
  if (tookMs > longestMs) say(`t ${(longestMs = tookMs).toFixed(1)}`);
  return answer;
}

// Who is killed writes no cache in the end.
flushCompileCache();
say("ready");
for (;;) {
  const user = `user-${random.integer(0, userCount - 1)}`;
  const kind = random.integer(0, 3);
  if (kind === 0) {
    say(`w check ${user} 20`);
    let admitted = 0;
    for (let times = 0; times < 20; times++)
      if (timed(() => pair.check({ user })).allowed) admitted++;
    say(`d check ${user} ${admitted}`);
  } else if (kind === 1) {
    say(`w check ${user} 40`);
    const requests = Array.from({ length: 40 }, () => ({ subject: { user } }));
    const decisions = timed(() => pair.checkMany(requests));
    say(`d check ${user} ${decisions.filter(({ allowed }) => allowed).length}`);
  } else if (kind === 2) {
    // Fresh keys: pages fill and split, counts are forgotten.
    const requests = Array.from({ length: 64 }, () => ({
      subject: { user: `fresh-${seed}-${calls++}` },
    }));
    timed(() => fresh.checkMany(requests));
  } else {
    say(`w lease ${user} 1`);
    const cost = { inflight: 1, tokens: 10 };
    const got = timed(() => flight.reserve({ user }, cost, { deadline: leaseMs }));
    if (got.allowed) timed(() => got.lease.settle({ tokens: 3 }));
    say(`d lease ${user} ${got.allowed ? 1 : 0}`);
  }
}
