import { concurrency } from "../algorithms/concurrency.ts";
import { slidingWindow } from "../algorithms/sliding-window.ts";
import { tokenBucket } from "../algorithms/token-bucket.ts";
import { byTier } from "../choice.ts";
import { acme, type Example, is, same } from "./workbench.ts";

const per = ["tenant"];
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const slots = slidingWindow({ name: "slots", limit: 10, window: 100, precisionMs: 10, per });
const bucket = tokenBucket({ name: "bucket", capacity: 10, refill: 3, every: 7, per });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per });
const window = byTier({ free: 10, pro: 100 });
const tiered = slidingWindow({ name: "tiered", limit: 100, window, unit: "tokens", per });
const widening = (windowMs: number) =>
  slidingWindow({ name: "tpm", limit: 100, window: windowMs, unit: "tokens", per });
const slowing = (everyMs: number) =>
  tokenBucket({ name: "bucket", capacity: 10, refill: 1, every: everyMs, per });

/** Where rules meet. */
export const edgeExamples: readonly Example[] = [
  [
    "counts alike by a clock that tells instants below 0",
    [slots, bucket, inflight],
    async ({ ask, limiter, clock }) => {
      clock.advance(-clock() - 15);
      is(await ask({ requests: 8 }), "allowed");
      const { limits } = await limiter.peek(acme, { requests: 3 });
      same(
        limits.map((state) => [state.used, state.retryAfterMs, state.blockedForMs]),
        [
          [8, 104, 0],
          [8, 3, 0],
          [0, 0, 0],
        ],
      );
      clock.advance(103);
      is(await ask({ requests: 3 }), "over-limit slots 1");
      clock.advance(1);
      is(await ask({ requests: 10 }), "allowed");
    },
  ],
  [
    "charges a lease that was charged nothing in the slot where it was reserved",
    [tpm],
    async ({ lease, clock, used }) => {
      const [extended, settled] = [await lease({ tokens: 0 }), await lease({ tokens: 0 })];
      clock.advance(60);
      await extended.lease.extend({ tokens: 10 });
      await settled.lease.settle({ tokens: 5 });
      same(await used(), [15]);
      clock.advance(40);
      same(await used(), [0]);
    },
  ],
  [
    "charges use beyond the estimate once, though a reset and the deadline come between",
    [tpm],
    async ({ lease, limiter, clock, used }) => {
      const granted = await lease({ tokens: 40 }, { deadline: 20 });
      await granted.lease.extend({ tokens: 10 });
      await limiter.reset(acme);
      await granted.lease.extend({ tokens: 35 });
      same(await used(), [5]);
      clock.advance(20);
      is((await granted.lease.extend({ tokens: 1 })).limits[0]?.charged, 46);
      await granted.lease.settle({ tokens: 50 });
      same(await used(), [10]);
    },
  ],
  [
    "charges what a lease uses beyond a reward that took all there was",
    [tpm],
    async ({ lease, limiter, clock, used }) => {
      const granted = await lease({ tokens: 10 });
      await granted.lease.extend({ tokens: 10 });
      await limiter.reward(acme, { tokens: 10 });
      same(await used(), [0]);
      clock.advance(10);
      await granted.lease.settle({ tokens: 15 });
      same(await used(), [5]);
      await limiter.reward(acme, { tokens: 15 });
      same(await used(), [0]);
    },
  ],
  [
    "forgets no charge for a block, whatever the windows of others",
    [tiered],
    async ({ ask, limiter, clock, used }) => {
      const pro = { tenant: "acme", tier: "pro" };
      is(await ask({ tokens: 60 }, pro), "allowed");
      clock.advance(50);
      await limiter.block(acme, 20);
      is(await ask({ tokens: 50 }, pro), "blocked tiered 50");
      same(await used(pro), [60]);
    },
  ],
  [
    "keeps a charge for a longer window, unless all had left the shorter one",
    [widening(100)],
    async ({ ask, limiter, clock, used }) => {
      is(await ask({ tokens: 10 }), "allowed");
      clock.advance(60);
      is(await ask({ tokens: 20 }), "allowed");
      clock.advance(60);
      limiter.update([widening(1_000)]);
      same(await used(), [30]);
      clock.advance(39);
      same(await used(), [30]);
      clock.advance(1);
      same(await used(), [0]);
      is(await ask({ tokens: 40 }), "allowed");
      clock.advance(999);
      same(await used(), [40]);
      limiter.update([widening(500)]);
      same(await used(), [0]);
      limiter.update([widening(1_000)]);
      same(await used(), [0]);
    },
  ],
  [
    "charges what a lease reports once, whichever window its request was asked under last",
    [widening(100)],
    async ({ lease, limiter, clock, used }) => {
      const first = await lease({ tokens: 0 }, { id: "one", deadline: 5_000 });
      clock.advance(150);
      limiter.update([widening(1_000)]);
      const again = await lease({ tokens: 0 }, { id: "one", deadline: 5_000 });
      // By its old window the reservation has left, by the new one it would still be there.
      is((await first.lease.extend({ tokens: 10 })).holds, true);
      is((await again.lease.extend({})).holds, true);
      same(await used(), [10]);
    },
  ],
  [
    "drains a token bucket at its new rate, unless it had drained at the old one",
    [slowing(10)],
    async ({ ask, limiter, clock, used }) => {
      is(await ask({ requests: 10 }), "allowed");
      clock.advance(50);
      same(await used(), [5]);
      limiter.update([slowing(25)]);
      clock.advance(25);
      same(await used(), [4]);
      clock.advance(24);
      same(await used(), [4]);
      clock.advance(1);
      same(await used(), [0]);
    },
  ],
];
