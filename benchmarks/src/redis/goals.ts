import type { Goal } from "../goal.ts";

const timesBestPeer = { metric: "ops/s", of: "best-peer", as: "times-better" } as const;

/** The goals of the Redis suite. */
export const goals: readonly Goal[] = [
  { work: "one-limit-64", ...timesBestPeer, atLeast: 2.2 },
  { work: "one-limit-512", ...timesBestPeer, atLeast: 2.2 },
  { work: "one-limit-1", ...timesBestPeer, atLeast: 0.9 },
  { work: "each-alone-64", metric: "server-us", atMost: 6 },
  { work: "weighted-alone-64", metric: "server-us", atMost: 6 },
  { work: "one-limit-64", metric: "server-us", atMost: 3.5 },
  { work: "weighted-64", metric: "server-us", atMost: 3.5 },
  // Beside what is not atomic; three sorted sets in one script are in the table.
  { work: "three-limits-64", ...timesBestPeer, beside: "rate-limiter-flexible", atLeast: 2 },
  { work: "full-window", metric: "bytes/window", atMost: 600 },
  { work: "full-weighted-window", metric: "bytes/window", atMost: 1_000 },
  { work: "refused-cached-64", metric: "ops/s", of: "refused-64", as: "times-better", atLeast: 20 },
  { work: "hot-leased-1", metric: "ops/s", of: "hot-1", as: "times-better", atLeast: 10 },
  { work: "fleet-leased", metric: "local", atLeast: 0.9 },
  { work: "fleet-leased", metric: "over-admitted", atLeast: 0, atMost: 0 },
  { work: "fleet-leased", metric: "used", atLeast: 0.9 },
];
