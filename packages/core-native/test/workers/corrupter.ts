import { closeSync, openSync, readSync, writeSync } from "node:fs";

import {
  concurrency,
  createLimiter,
  isSluiceError,
  type Limit,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { seededRandom } from "@sluice/core/testing";

import { nativeStore } from "../../src/index.ts";

// Flips bytes of a file at random places, again and again, and uses it: prints how often that was answered, and how often which error
// was thrown. A crash, or a hang, is for the parent to see.
const [path = "", seed = "1", rounds = "100", ...areas] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const tableAt = 2 ** 16 + 128 * 2 ** 23;
const per = ["user"];
const limits: readonly Limit[] = [
  slidingWindow({ name: "window", limit: 20, window: "1s", per }),
  slidingWindow({ name: "long", limit: 1_000, window: "1h", precisionMs: 1, per }),
  tokenBucket({ name: "bucket", capacity: 100, refill: 10, every: "1s", per }),
  concurrency({ name: "flight", limit: 5, per }),
];
const cost = { requests: 1, inflight: 1 };
const tally: Record<string, number> = {};
const file = openSync(path, "r+");
let nowMs = 1_000_000;

function note(what: string): void {
  tally[what] = (tally[what] ?? 0) + 1;
}

function use(): void {
  const store = nativeStore({ shared: { path }, clock: () => nowMs });
  const limiter = createLimiter({ limits, store });
  for (let times = 0; times < 60; times++) {
    nowMs += random.integer(0, 30);
    const subject = { user: `user-${random.integer(0, 30)}` };
    try {
      const got = limiter.reserve(subject, cost, {
        id: `id-${random.integer(0, 9)}`,
        deadline: 200,
      });
      if (got.allowed && random.oneIn(2)) got.lease.settle({ requests: random.integer(0, 3) });
      limiter.checkMany([
        { subject, cost },
        { subject: { user: `fresh-${nowMs}` }, cost },
      ]);
      if (random.oneIn(5)) limiter.reset(subject);
      note("answers");
    } catch (error) {
      if (!isSluiceError(error)) throw error;
      note(error.code);
    }
  }
  store.close();
}

for (let round = 0; round < Number(rounds); round++) {
  const [from = 0, to = 0] = areas[round % areas.length]!.split("-").map(Number);
  const places = Array.from({ length: random.integer(1, 6) }, () => random.integer(from, to - 1));
  const bytes = places.map((place) => {
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, place);
    const was = byte[0]!;
    byte[0] = random.oneIn(2) ? was ^ (1 << random.integer(0, 7)) : random.integer(0, 255);
    writeSync(file, byte, 0, 1, place);
    return was;
  });
  try {
    use();
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    note(`unopened: ${error.code}`);
  }
  // Of the table what the flips have led to stays; before it they are mended, or nothing would be opened any more.
  if (from >= tableAt + 256) continue;
  for (const [index, was] of bytes.entries()) writeSync(file, Buffer.of(was), 0, 1, places[index]);
}
closeSync(file);
process.stdout.write(JSON.stringify(tally));
