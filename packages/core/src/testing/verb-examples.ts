import { concurrency } from "../algorithms/concurrency.ts";
import { slidingWindow } from "../algorithms/sliding-window.ts";
import { tokenBucket } from "../algorithms/token-bucket.ts";
import { acme, codeOf, type Example, is, same } from "./workbench.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const all = slidingWindow({ name: "all", limit: 100, window: 100, per: [] });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per });
const bucket = tokenBucket({
  name: "bucket",
  capacity: 100,
  refill: 1,
  every: 10,
  unit: "tokens",
  per,
});

/** What each verb beside `check`, `reserve` and those of a lease does. */
export const verbExamples: readonly Example[] = [
  [
    "peeks at what a check would answer, and charges nothing",
    [rpm, tpm, inflight, bucket],
    async ({ limiter, lease, used }) => {
      const peek = async (tokens: number): Promise<unknown> => {
        const { allowed, limits } = await limiter.peek(acme, { tokens });
        return [allowed, ...limits.map((limit) => [limit.used, limit.retryAfterMs])];
      };
      same(await peek(100), [true, [0, 0], [0, 0], [0, 0], [0, 0]]);
      same(await used(), [0, 0, 0, 0]);
      await lease({ tokens: 60 });
      same(await peek(41), [false, [1, 0], [60, 50], [1, 0], [60, 10]]);
      same(await used(), [1, 60, 1, 60]);
    },
  ],
  [
    "decides on many requests in turn, at one instant",
    [rpm, all],
    async ({ limiter, used }) => {
      const other = { tenant: "other" };
      const decisions = await limiter.checkMany([
        { subject: acme, cost: { requests: 2 } },
        { subject: acme, cost: { requests: 2 } },
        { subject: other, cost: { requests: 3 } },
        { subject: acme },
        { subject: acme, cost: { requests: 4 } },
      ]);
      same(
        decisions.map((decision) => [
          decision.allowed ? "allowed" : decision.reason,
          ...decision.limits.map((state) => state.used),
        ]),
        [
          ["allowed", 2, 2],
          ["over-limit", 2, 2],
          ["allowed", 3, 5],
          ["allowed", 3, 6],
          ["never-fits", 3, 6],
        ],
      );
      same(
        [await used(), await used(other)],
        [
          [3, 6],
          [3, 6],
        ],
      );
      same(await limiter.checkMany([]), []);
    },
  ],
  [
    "penalizes whether or not it fits, and only what is named",
    [rpm, tpm, inflight, bucket],
    async ({ ask, limiter, used, clock }) => {
      const charge = await limiter.penalize(acme, { tokens: 130 });
      same(
        [
          charge.applied,
          charge.holds,
          ...charge.limits.map((limit) => [limit.charged, limit.overage]),
        ],
        [true, false, [0, 0], [130, 30], [0, 0], [130, 30]],
      );
      same(await used(), [0, 130, 0, 130]);
      is(await ask({ tokens: 0 }), "over-limit bucket 300");
      clock.advance(100);
      same(await used(), [0, 0, 0, 120]);
      same(await used({ tenant: "other" }), [0, 0, 0, 0]);
    },
  ],
  [
    "rewards with the latest charges, as far as there are any",
    [tpm, bucket],
    async ({ ask, limiter, used, clock }) => {
      const reward = async (tokens: number): Promise<unknown> =>
        (await limiter.reward(acme, { tokens })).limits.map(({ charged }) => charged);
      is(await ask({ tokens: 30 }), "allowed");
      clock.advance(50);
      is(await ask({ tokens: 30 }), "allowed");
      same(await reward(40), [40, 40]);
      same(await used(), [20, 15]);
      clock.advance(50);
      same(await used(), [0, 10]);
      same(await reward(40), [0, 10]);
      same(await used(), [0, 0]);
    },
  ],
  [
    "gives no reward out of what a lease would give back, nor out of what is in flight",
    [tpm, inflight],
    async ({ lease, limiter, used, clock }) => {
      const granted = await lease({ tokens: 40 });
      await granted.lease.extend({ tokens: 10 });
      const { limits } = await limiter.reward(acme, { tokens: 50, inflight: 1 });
      same(
        limits.map(({ charged }) => charged),
        [10, 0],
      );
      same(await used(), [30, 1]);
      clock.advance(50);
      same(await used(), [0, 0]);
    },
  ],
  [
    "takes back from a lease's charge no more than a reward has left of it",
    [tpm],
    async ({ ask, lease, limiter, used, clock }) => {
      const granted = await lease({ tokens: 40 });
      await granted.lease.extend({ tokens: 40 });
      await limiter.reward(acme, { tokens: 30 });
      clock.advance(10);
      is(await ask({ tokens: 5 }), "allowed");
      await granted.lease.settle({ tokens: 0 });
      same(await used(), [5]);
    },
  ],
  [
    "refuses whom it was told to block, and frees them in time",
    [rpm, all],
    async ({ ask, limiter, clock, used }) => {
      is(await limiter.block(acme, 60), true);
      is(await ask({ requests: 1 }), "blocked rpm 60");
      is(await ask({ requests: 4 }), "never-fits rpm never");
      is(await ask({ requests: 1 }, { tenant: "other" }), "allowed");
      clock.advance(59);
      is(await ask({ requests: 1 }), "blocked rpm 1");
      clock.advance(1);
      is(await ask({ requests: 3 }), "allowed");
      same(await used(), [3, 4]);
      await limiter.block(acme, 10);
      // By then the block is over, and the window is not.
      is(await ask({ requests: 1 }), "blocked rpm 100");
    },
  ],
  [
    "puts one block in the place of another, and lifts it",
    [rpm, all],
    async ({ ask, limiter, lease }) => {
      await lease({ requests: 1 }, "one");
      await limiter.block(acme, 1_000);
      is((await lease({ requests: 1 }, "one")).replayed, true);
      await limiter.block(acme, 20);
      is(await ask({ requests: 1 }), "blocked rpm 20");
      await limiter.block({}, 30);
      is(await ask({ requests: 1 }), "blocked all 30");
      await limiter.block(acme, 0);
      await limiter.block({}, 0);
      is(await ask({ requests: 2 }), "allowed");
      is(await codeOf(async () => limiter.block({ user: "a" }, 10)), "invalid-subject");
    },
  ],
  [
    "forgets what it is told to, blocks too, and nothing else",
    [rpm, tpm, inflight, bucket, all],
    async ({ ask, lease, limiter, used }) => {
      await lease({ requests: 2, tokens: 60 });
      await limiter.block(acme, 1_000);
      is(await limiter.reset(acme), true);
      same(await used(), [0, 0, 0, 0, 2]);
      is(await ask({ requests: 3, tokens: 100 }), "allowed");
      is(await limiter.reset({}), true);
      same(await used(), [3, 100, 0, 100, 0]);
      is(await codeOf(async () => limiter.reset({ user: "a" })), "invalid-subject");
    },
  ],
  [
    "charges a lease that a reset has forgotten its overage, and refunds nothing",
    [tpm, inflight, bucket],
    async ({ ask, lease, limiter, used }) => {
      const [over, under] = [await lease({ tokens: 30 }), await lease({ tokens: 30 })];
      await limiter.reset(acme);
      is(await ask({ tokens: 10 }), "allowed");
      await over.lease.settle({ tokens: 35 });
      await under.lease.settle({ tokens: 5 });
      same(await used(), [15, 0, 15]);
    },
  ],
  [
    "lets a lease live as long as it is told to",
    [tpm, inflight],
    async ({ lease, clock, used }) => {
      const granted = await lease({ tokens: 40 }, { deadline: 20 });
      clock.advance(19);
      await granted.lease.extend({ tokens: 1 });
      clock.advance(19);
      same(await used(), [40, 1]);
      clock.advance(1);
      same(await used(), [1, 0]);
    },
  ],
  [
    "ends a lease as if it expired when its signal aborts",
    [tpm, inflight],
    async ({ lease, used }) => {
      const listeners = new Set<() => void>();
      const signal = {
        aborted: false,
        reason: undefined,
        addEventListener: (_: "abort", listener: () => void) => listeners.add(listener),
        removeEventListener: (_: "abort", listener: () => void) => listeners.delete(listener),
      };
      const granted = await lease({ tokens: 40 }, { signal });
      await granted.lease.extend({ tokens: 7 });
      for (const listener of listeners) listener();
      same(await used(), [7, 0]);
      is((await granted.lease.settle({ tokens: 40 })).applied, false);
      is(listeners.size, 0);
    },
  ],
];
