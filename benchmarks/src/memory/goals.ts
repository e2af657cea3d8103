import type { Metric, Work } from "../report.ts";

/** What Sluice is to reach at a work. */
export interface Goal {
  readonly work: Work;
  readonly metric: Metric;
  /** What it is a ratio to: the best of the peers at the same, or another work of Sluice's. Else the value itself is judged. */
  readonly of?: "best-peer" | Work;
  /** `times-better`: how often its own value goes into the other's; `times-worse`: how often the other's goes into its own. */
  readonly as?: "times-better" | "times-worse";
  readonly atLeast?: number;
  readonly atMost?: number;
}

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
