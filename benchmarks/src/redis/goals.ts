import type { Goal } from "../goal.ts";

const timesBestPeer = { metric: "ops/s", of: "best-peer", as: "times-better" } as const;

/** The goals of the Redis suite. */
export const goals: readonly Goal[] = [
  { work: "redis-c64", ...timesBestPeer, atLeast: 2.2 },
  { work: "redis-c512", ...timesBestPeer, atLeast: 2.2 },
  { work: "redis-c1", ...timesBestPeer, atLeast: 0.9 },
  { work: "redis-alone-c64", metric: "server-us", atMost: 6 },
  { work: "redis-weighted-alone-c64", metric: "server-us", atMost: 6 },
  { work: "redis-c64", metric: "server-us", atMost: 3.5 },
  { work: "redis-weighted-c64", metric: "server-us", atMost: 3.5 },
  // Beside what is not atomic; three sorted sets in one script are in the table.
  { work: "redis-limits3-c64", ...timesBestPeer, beside: "rate-limiter-flexible", atLeast: 2 },
  { work: "redis-window-100", metric: "bytes/key", atMost: 600 },
  { work: "redis-weighted-window-100", metric: "bytes/key", atMost: 1_000 },
  {
    work: "redis-denied-cached",
    metric: "ops/s",
    of: "redis-denied",
    as: "times-better",
    atLeast: 20,
  },
  { work: "redis-leased-c1", metric: "ops/s", of: "redis-hot-c1", as: "times-better", atLeast: 10 },
  { work: "redis-fleet", metric: "local", atLeast: 0.9 },
  { work: "redis-fleet", metric: "over-admitted", atLeast: 0, atMost: 0 },
  { work: "redis-fleet", metric: "used", atLeast: 0.9 },
];
