import type { Goal } from "./goal.ts";
import { isMoreBetter, type Metric, type Row } from "./report.ts";
import type { Results, Series } from "./results.ts";
import { median, ratiosOf, type Spread, spreadOf } from "./statistics.ts";
import type { Field } from "./suite.ts";

/** How Sluice stands to a goal. */
export interface Verdict {
  readonly goal: Goal;
  readonly own: Spread;
  /** Of the peers, the one with the best median at the same work; `undefined` where none does it. */
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
export function verdictOn(goal: Goal, results: Results, field: Field): Verdict | undefined {
  const { work, metric, of, beside } = goal;
  const series = results.series(field.own, work, metric);
  if (series.size === 0) return undefined;
  const own = spreadOf([...series.values()]);
  const bestPeer = bestPeerAt(goal, results, field);
  if (of === undefined) {
    return { goal, own, bestPeer, ratio: undefined, isReached: isWithin(goal, own.value) };
  }
  const other =
    of === "best-peer"
      ? bestPeer
      : {
          name: beside === undefined ? of : `${of} of ${beside}`,
          series: results.series(beside ?? field.own, of, metric),
        };
  if (other === undefined) return undefined;
  const ratios = isOwnAbove(goal) ? ratiosOf(series, other.series) : ratiosOf(other.series, series);
  if (ratios.length === 0) return undefined;
  const ratio = { ...spreadOf(ratios), to: other.name };
  return { goal, own, bestPeer, ratio, isReached: isWithin(goal, ratio.value) };
}

/** The verdict's ratio as a row of the report. */
export function ratioRow({ goal, ratio }: Verdict, { own }: Field): Row | undefined {
  if (ratio === undefined) return undefined;
  const { to, ...spread } = ratio;
  const [above, below] = isOwnAbove(goal) ? ["own", to] : [to, "own"];
  const unit = `${goal.metric}: ${above} / ${below}`;
  return { subject: own, work: goal.work, metric: "ratio", unit, ...spread };
}

/** Whether the ratio is its own value over the other's: what is better lies above for a rate, below for a time. */
function isOwnAbove({ as, metric }: Goal): boolean {
  return (as === "times-better") === isMoreBetter(metric);
}

function bestPeerAt(
  { work, metric, beside }: Goal,
  results: Results,
  { peers }: Field,
): Other | undefined {
  const measured = peers
    .filter((name) => beside === undefined || name === beside)
    .map((name) => ({ name, series: results.series(name, work, metric) }))
    .filter(({ series }) => series.size > 0)
    .map((other) => ({ ...other, badness: badness(metric, median([...other.series.values()])) }));
  return measured.toSorted((a, b) => a.badness - b.badness)[0];
}

function badness(metric: Metric, value: number): number {
  return isMoreBetter(metric) ? -value : value;
}

function isWithin({ atLeast = -Infinity, atMost = Infinity }: Goal, value: number): boolean {
  return value >= atLeast && value <= atMost;
}
