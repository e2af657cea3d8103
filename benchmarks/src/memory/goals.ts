import type { Goal } from "../goal.ts";

/** The goals of the memory suite. */
export const goals: readonly Goal[] = [
  { work: "uniform-1m", metric: "ns/op", of: "best-peer", as: "times-better", atLeast: 3 },
  { work: "uniform-1m", metric: "p999", of: "best-peer", as: "times-better", atLeast: 8 },
  { work: "hot", metric: "ns/op", of: "best-peer", as: "times-better", atLeast: 1 },
  { work: "zipf-1m", metric: "ns/op", of: "best-peer", as: "times-better", atLeast: 1.6 },
  { work: "batch64-1m", metric: "ns/op", of: "uniform-1m", as: "times-better", atLeast: 1.6 },
  { work: "limits3-1m", metric: "ns/op", of: "uniform-1m", as: "times-worse", atMost: 2 },
  { work: "window-10k", metric: "ns/op", of: "window-100", as: "times-worse", atMost: 1.5 },
  { work: "entries1-1m", metric: "bytes/key", atMost: 140 },
  { work: "entries3-1m", metric: "bytes/key", atMost: 140 },
  // A table that grows makes a few objects; none of them is a key's.
  { work: "entries1-1m", metric: "objects/key", atMost: 0.01 },
  { work: "entries3-1m", metric: "objects/key", atMost: 0.01 },
  { work: "shared-2threads", metric: "ratio", atLeast: 1.8 },
  { work: "shared-2threads", metric: "admitted", atLeast: 1, atMost: 1 },
];
