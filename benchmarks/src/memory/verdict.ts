import type { Row } from "../report.ts";
import type { Results, Series } from "../results.ts";
import { median, ratiosOf, type Spread, spreadOf } from "../statistics.ts";
import type { Goal } from "./goals.ts";
import { peers } from "./subjects/index.ts";
import { sluiceMemory } from "./subjects/sluice-memory.ts";

/** How Sluice stands to a goal. */
export interface Verdict {
  readonly goal: Goal;
  readonly own: Spread;
  /** Of the peers, the one with the lowest median at the same work; `undefined` where none does it. */
  readonly bestPeer: Other | undefined;
  /** To whatever the goal names, with the ratios of single rounds as its spread; `undefined` where the value itself is judged. */
  readonly ratio: (Spread & { readonly to: string }) | undefined;
  readonly isReached: boolean;
}

interface Other {
  readonly name: string;
  readonly series: Series;
}

/** The verdict on `goal`, or `undefined` where something that it needs was not measured. */
export function verdictOn(goal: Goal, results: Results): Verdict | undefined {
  const { work, metric, of, as } = goal;
  const series = results.series(sluiceMemory.name, work, metric);
  if (series.size === 0) return undefined;
  const own = spreadOf([...series.values()]);
  const bestPeer = bestPeerAt(goal, results);
  if (of === undefined) {
    return { goal, own, bestPeer, ratio: undefined, isReached: isWithin(goal, own.value) };
  }
  const other =
    of === "best-peer"
      ? bestPeer
      : { name: of, series: results.series(sluiceMemory.name, of, metric) };
  if (other === undefined) return undefined;
  const ratios =
    as === "times-worse" ? ratiosOf(series, other.series) : ratiosOf(other.series, series);
  if (ratios.length === 0) return undefined;
  const ratio = { ...spreadOf(ratios), to: other.name };
  return { goal, own, bestPeer, ratio, isReached: isWithin(goal, ratio.value) };
}

/** The verdict's ratio as a row of the report. */
export function ratioRow({ goal, ratio }: Verdict): Row | undefined {
  if (ratio === undefined) return undefined;
  const { to, ...spread } = ratio;
  const [above, below] = goal.as === "times-worse" ? ["own", to] : [to, "own"];
  const unit = `${goal.metric}: ${above} / ${below}`;
  return { subject: sluiceMemory.name, work: goal.work, metric: "ratio", unit, ...spread };
}

function bestPeerAt({ work, metric }: Goal, results: Results): Other | undefined {
  const measured = peers
    .map(({ name }) => ({ name, series: results.series(name, work, metric) }))
    .filter(({ series }) => series.size > 0)
    .map((other) => ({ ...other, middle: median([...other.series.values()]) }));
  return measured.toSorted((a, b) => a.middle - b.middle)[0];
}

function isWithin({ atLeast = -Infinity, atMost = Infinity }: Goal, value: number): boolean {
  return value >= atLeast && value <= atMost;
}
