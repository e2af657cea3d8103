import type { Metric, Work } from "./report.ts";

/** What Sluice is to reach at a work. */
export interface Goal {
  readonly work: Work;
  readonly metric: Metric;
  /** What it is a ratio to: the best of the peers at the same, or another work, of Sluice's where no peer is named. Else the value itself is judged. */
  readonly of?: "best-peer" | Work;
  /** Of the peers, this one alone; of another work, what it does there. */
  readonly beside?: string;
  /** `times-better`: how many times as good as the other's its own value is; `times-worse`: the other way round. */
  readonly as?: "times-better" | "times-worse";
  readonly atLeast?: number;
  readonly atMost?: number;
}
