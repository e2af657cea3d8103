import {
  type AsyncStore,
  concurrency,
  createLimiter,
  fixedWindow,
  type Lease,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock, seededRandom } from "@sluice/core/testing";
import { expect, it } from "vitest";

import type { BatchStore } from "../src/batch.ts";
import { coalesce } from "../src/coalesce.ts";
import { dumpAll, storesOf, withServer } from "./exact-world.ts";

const world = withServer();
const per = ["user"];
const limits = [
  slidingWindow({ name: "exact", limit: 12, window: 400, precisionMs: 1, per }),
  slidingWindow({ name: "slots", limit: 90, window: 300, precisionMs: 9, unit: "tokens", per: [] }),
  fixedWindow({ name: "day", limit: 100_000, window: "day", unit: "tokens", per }),
  tokenBucket({ name: "bucket", capacity: 60, refill: 3, every: 7, unit: "tokens", per }),
  concurrency({ name: "inflight", limit: 3, expiresAfter: 90, per }),
];

it("leaves every byte of every key as it is when it refuses, or is looked at", async () => {
  const refusals = { "over-limit": 0, "never-fits": 0, blocked: 0 };
  for (let seed = 1; seed <= 4; seed++) {
    const random = seededRandom(seed);
    await world.client.flushall();
    const clock = manualClock(86_400_000 * random.integer(1, 20_000) - random.integer(1, 9_000));
    const store = (await storesOf(world, { writesLooks: false })(clock, 500)) as BatchStore;
    const limiter = createLimiter<AsyncStore>({ limits, store });
    const together = createLimiter({ limits, store: coalesce(store) });
    const leases: Lease<AsyncStore>[] = [];
    const draw = () => ({
      requests: random.integer(0, 4),
      tokens: random.integer(0, 30),
      inflight: random.integer(0, 2),
    });
    const someUser = () => ({ user: random.pick(["a", "b", "c"]) });
    const steps: readonly (() => unknown)[] = [
      () => limiter.check(someUser(), draw()),
      async () => {
        const reservation = await limiter.reserve(someUser(), draw());
        if (reservation.allowed) leases.push(reservation.lease);
      },
      () => random.pick(leases)?.extend({ tokens: random.integer(0, 9) }),
      () => random.pick(leases)?.settle(random.oneIn(2) ? draw() : "unknown"),
      () => limiter.penalize(someUser(), { tokens: random.integer(0, 60) }),
      () => limiter.reward(someUser(), { tokens: random.integer(0, 60) }),
      () => random.oneIn(4) && limiter.block(someUser(), random.integer(1, 200)),
    ];
    for (let state = 0; state < 150; state++) {
      for (let count = random.integer(1, 8); count > 0; count--) await random.pick(steps)();
      // What has left by then is as good as gone, but nobody writes that down.
      clock.advance(random.integer(0, 120));
      const cost = { ...draw(), tokens: random.integer(0, 100), requests: random.integer(0, 14) };
      const before = await dumpAll(world);
      const subject = someUser();
      const peeked = await limiter.peek(subject, cost);
      expect(await dumpAll(world)).toEqual(before);
      if (peeked.allowed || peeked.reason === "store-unavailable") continue;
      refusals[peeked.reason]++;
      await limiter.check(subject, cost);
      await limiter.reserve(subject, cost, random.oneIn(2) ? {} : { id: `fresh-${state}` });
      await limiter.checkMany([
        { subject, cost },
        { subject, cost },
      ]);
      await Promise.all([
        together.reserve(subject, cost),
        together.reserve(subject, cost, { id: `twice-${state}` }),
        together.check(subject, cost),
        together.reserve(subject, cost, { id: `twice-${state}` }),
      ]);
      expect(await dumpAll(world)).toEqual(before);
    }
  }
  expect(Math.min(...Object.values(refusals))).toBeGreaterThan(10);
});
