import { slidingWindow } from "../algorithms/sliding-window.ts";
import { tokenBucket } from "../algorithms/token-bucket.ts";
import { byTier } from "../choice.ts";
import { acme, codeOf, type Example, is, same } from "./workbench.ts";

const per = ["tenant"];
const free = { tenant: "acme", tier: "free" };
const pro = { tenant: "acme", tier: "pro" };
const tiered = slidingWindow({ name: "rpm", limit: byTier({ free: 2, pro: 5 }), window: 100, per });
const windowed = slidingWindow({
  name: "rpm",
  limit: 5,
  window: byTier({ free: 100, pro: 50 }),
  per,
});
const bucket = tokenBucket({
  name: "burst",
  capacity: 4,
  refill: byTier({ free: 1, pro: 4 }),
  every: 10,
  per,
});
const rpm = (limit: number, window = 100) => slidingWindow({ name: "rpm", limit, window, per });

/** Limits whose numbers depend on the subject, or change. */
export const choiceExamples: readonly Example[] = [
  [
    "holds each tier to its own numbers, on one count",
    [tiered],
    async ({ ask }) => {
      is(await ask({ requests: 2 }, free), "allowed");
      is(await ask({ requests: 1 }, free), "over-limit rpm 100");
      is(await ask({ requests: 3 }, pro), "allowed");
      is(await ask({ requests: 1 }, pro), "over-limit rpm 100");
      is(await ask({ requests: 3 }, free), "never-fits rpm never");
      is(await codeOf(async () => ask({ requests: 1 }, acme)), "invalid-subject");
    },
  ],
  [
    "counts by the window of who asks",
    [windowed],
    async ({ ask, used, clock }) => {
      is(await ask({ requests: 2 }, free), "allowed");
      clock.advance(40);
      is(await ask({ requests: 3 }, pro), "allowed");
      is(await ask({ requests: 1 }, pro), "over-limit rpm 10");
      same(await used(free), [5]);
      clock.advance(10);
      same(await used(pro), [3]);
      clock.advance(40);
      same(await used(pro), [0]);
    },
  ],
  [
    "drains a bucket at the rate of who asks",
    [bucket],
    async ({ ask, clock }) => {
      is(await ask({ requests: 4 }, free), "allowed");
      is(await ask({ requests: 1 }, free), "over-limit burst 10");
      is(await ask({ requests: 1 }, pro), "over-limit burst 3");
      clock.advance(3);
      is(await ask({ requests: 1 }, pro), "allowed");
    },
  ],
  [
    "keeps its counts when the limits are changed, and decides by the new numbers",
    [rpm(3)],
    async ({ ask, limiter, clock }) => {
      is(await ask({ requests: 3 }), "allowed");
      limiter.update([rpm(5)]);
      is(await ask({ requests: 2 }), "allowed");
      limiter.update([rpm(2)]);
      is(await ask({ requests: 0 }), "over-limit rpm 100");
      limiter.update([slidingWindow({ name: "other", limit: 1, window: 100, per })]);
      is(await ask({ requests: 1 }), "allowed");
      limiter.update([rpm(5)]);
      clock.advance(99);
      is(await ask({ requests: 1 }), "over-limit rpm 1");
      clock.advance(1);
      is(await ask({ requests: 5 }), "allowed");
    },
  ],
  [
    "settles a lease under the limits that it was reserved with",
    [rpm(3)],
    async ({ lease, limiter, clock, used }) => {
      const granted = await lease({ requests: 3 });
      limiter.update([rpm(10, 1_000), slidingWindow({ name: "more", limit: 1, window: 10, per })]);
      clock.advance(50);
      const charge = await granted.lease.settle({ requests: 5 });
      same(
        charge.limits.map(({ limit, charged, overage }) => [limit.name, charged, overage]),
        [["rpm", 5, 2]],
      );
      same(await used(), [5, 0]);
    },
  ],
  [
    "changes nothing for limits that are wrong",
    [rpm(3)],
    async ({ ask, limiter }) => {
      is(await ask({ requests: 3 }), "allowed");
      is(await codeOf(async () => limiter.update([rpm(9), rpm(9)])), "invalid-option");
      is(await ask({ requests: 1 }), "over-limit rpm 100");
    },
  ],
];
