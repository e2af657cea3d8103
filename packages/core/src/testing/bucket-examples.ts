import { tokenBucket } from "../algorithms/token-bucket.ts";
import { codeOf, type Example, is, same } from "./workbench.ts";

const per = ["tenant"];
const burst = tokenBucket({ name: "burst", capacity: 10, refill: 3, every: 7, per });
const named = { name: "tokens", capacity: 100, unit: "tokens", per };
const tokens = tokenBucket({ ...named, refill: 1, every: 10 });

/** How a token bucket drains, and what a lease does to it. */
export const bucketExamples: readonly Example[] = [
  [
    "drains a token bucket evenly, in fractions of a unit",
    [burst],
    async ({ ask, clock }) => {
      is(await ask({ requests: 10 }), "allowed");
      is(await ask({ requests: 1 }), "over-limit burst 3");
      is(await ask({ requests: 4 }), "over-limit burst 10");
      clock.advance(2);
      is(await ask({ requests: 1 }), "over-limit burst 1");
      clock.advance(1);
      is(await ask({ requests: 1 }), "allowed");
      // Two sevenths of a unit are left of the nine.
      is(await ask({ requests: 1 }), "over-limit burst 2");
      clock.advance(1_000);
      is(await ask({ requests: 11 }), "never-fits burst never");
      is(await ask({ requests: 10 }), "allowed");
    },
  ],
  [
    "tells of a token bucket the units charged, rounded up, and when there is one less",
    [burst],
    async ({ limiter, clock }) => {
      const told = async (): Promise<unknown> => {
        const { limits } = await limiter.peek({ tenant: "acme" }, { requests: 0 });
        return limits.map(({ used, remaining, freesAfterMs }) => [used, remaining, freesAfterMs]);
      };
      await limiter.check({ tenant: "acme" }, { requests: 2 });
      same(await told(), [[2, 8, 3]]);
      clock.advance(1);
      same(await told(), [[2, 8, 2]]);
      clock.advance(2);
      same(await told(), [[1, 9, 2]]);
      clock.advance(2);
      same(await told(), [[0, 10, 0]]);
    },
  ],
  [
    "refunds what a token bucket has not drained since",
    [tokens],
    async ({ lease, clock, used }) => {
      const early = await lease({ tokens: 40 });
      await (await lease({ tokens: 40 })).lease.settle({ tokens: 10 });
      same(await used(), [50]);
      clock.advance(200);
      same(await used(), [30]);
      // Of the 40 no more are left than are above the 40 that came later.
      is((await early.lease.settle({ tokens: 0 })).limits[0]?.charged, 0);
      same(await used(), [30]);
    },
  ],
  [
    "refunds no more of a token bucket than is left above what was charged since",
    [tokens],
    async ({ ask, lease, clock, used }) => {
      const early = await lease({ tokens: 40 });
      clock.advance(100);
      is(await ask({ tokens: 5 }), "allowed");
      same(await used(), [35]);
      await early.lease.settle({ tokens: 1 });
      same(await used(), [5]);
    },
  ],
  [
    "charges a token bucket an overage at once, and a lease that expires its estimate",
    [tokens],
    async ({ ask, lease, clock, used }) => {
      const over = await lease({ tokens: 40 }, { deadline: 50 });
      const charge = await over.lease.extend({ tokens: 110 });
      same([charge.holds, charge.limits[0]?.charged, charge.limits[0]?.overage], [false, 110, 10]);
      is(await ask({ tokens: 0 }), "over-limit tokens 100");
      clock.advance(50);
      same(await used(), [105]);
      is((await over.lease.settle({ tokens: 115 })).limits[0]?.overage, 10);
    },
  ],
  [
    "refuses to take a token bucket beyond the safe integers, and changes nothing",
    [tokens],
    async ({ limiter, lease, used }) => {
      const granted = await lease({ tokens: 1 });
      const most = Math.floor(Number.MAX_SAFE_INTEGER / 10);
      is(await codeOf(async () => granted.lease.settle({ tokens: most + 1 })), "invalid-cost");
      is(
        await codeOf(async () => limiter.penalize({ tenant: "acme" }, { tokens: most })),
        "invalid-cost",
      );
      same(await used(), [1]);
      is((await granted.lease.settle({ tokens: most })).applied, true);
      same(await used(), [most]);
    },
  ],
  [
    "settles what would be beyond the safe integers in the fractions of other terms, where the count is not",
    [tokens],
    async ({ limiter, lease, used }) => {
      const most = Math.floor(Number.MAX_SAFE_INTEGER / 10);
      const granted = await lease({ tokens: 1 }, { id: "one" });
      await granted.lease.extend({ tokens: most });
      limiter.update([tokenBucket({ ...named, refill: 7, every: 1_000 })]);
      const again = await lease({ tokens: 1 }, { id: "one" });
      is((await again.lease.settle({ tokens: most })).applied, true);
      same(await used(), [Math.floor(Number.MAX_SAFE_INTEGER / 1_000)]);
    },
  ],
];
