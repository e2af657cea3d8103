import type { Goal } from "../goal.ts";

const asPeer = { metric: "kept", of: "best-peer", as: "times-better", atLeast: 1 } as const;

/** The goals of the fetch suite. */
export const goals: readonly Goal[] = [
  { work: "fetch", metric: "kept", atLeast: 0.9 },
  { work: "fetch", ...asPeer, beside: "ky" },
  { work: "fetch", ...asPeer, beside: "fetch-retry" },
  { work: "fetch-stream", metric: "kept", atLeast: 0.9 },
];
