import { figure } from "./figure.ts";
import { isOwn } from "./page/own.ts";
import { identityOf } from "./read-report.ts";
import { isMoreBetter, type Metric, type Report, type Row } from "./report.ts";
import { median } from "./statistics.ts";
import { table } from "./table.ts";

/** A row that two runs have, and how the second moved beyond the noise of both. */
export interface Move {
  readonly before: Row;
  readonly after: Row;
  readonly sense: "better" | "worse" | "other";
}

/** What lies closer together is the same, however little the rounds of each run differ: no machine is that steady from run to run. */
const leastShare = 0.05;

/**
 * The rows of both whose medians lie farther apart than both spreads are wide, together, and than is usual of their metric: three rounds now and
 * then lie close together by chance.
 */
export function movesBetween(before: Report, after: Report): Move[] {
  const pairs = pairsOf(before, after);
  const usualOf = new Map<Metric, number>();
  for (const metric of new Set(pairs.map(([, row]) => row.metric))) {
    const alike = pairs.filter(([, row]) => row.metric === metric);
    usualOf.set(metric, median(alike.map(widthOf)));
  }
  return pairs.flatMap(([was, row]) => {
    const usual = usualOf.get(row.metric)! * sizeOf(was, row);
    return isSame(was, row, usual) ? [] : [{ before: was, after: row, sense: senseOf(was, row) }];
  });
}

type Pair = readonly [before: Row, after: Row];

function pairsOf(before: Report, after: Report): Pair[] {
  const earlier = new Map(before.rows.map((row) => [identityOf(row), row]));
  return after.rows.flatMap((row) => {
    const was = earlier.get(identityOf(row));
    return was === undefined ? [] : [[was, row] as const];
  });
}

function sizeOf(before: Row, after: Row): number {
  return (Math.abs(before.value) + Math.abs(after.value)) / 2;
}

/** How wide both spreads are together, as a share of the figure between them. */
function widthOf([before, after]: Pair): number {
  const noise = before.high - before.low + (after.high - after.low);
  return noise === 0 ? 0 : noise / sizeOf(before, after);
}

/** What is measured in one round shows no spread, and has some. */
const leastShares: Readonly<Partial<Record<Metric, number>>> = { "rss-bytes/key": 0.4 };

/** What the engine needs for itself is little, and of nothing it is any share. */
const leastAmounts: Readonly<Partial<Record<Metric, number>>> = { "heap-bytes/key": 4 };

function isSame(before: Row, after: Row, usual: number): boolean {
  const { metric } = after;
  const noise = before.high - before.low + (after.high - after.low);
  const least = sizeOf(before, after) * (leastShares[metric] ?? leastShare);
  const unmoved = Math.max(noise, usual, least, leastAmounts[metric] ?? 0);
  // What is shown as the same figure is the same.
  return (
    Math.abs(after.value - before.value) <= unmoved ||
    figure(before.value, metric) === figure(after.value, metric)
  );
}

function senseOf(before: Row, after: Row): Move["sense"] {
  const better = betterOf(after);
  if (better === undefined) return "other";
  return after.value > before.value === (better === "more") ? "better" : "worse";
}

/** Which way is better; `undefined` where that is for the reader to say. */
function betterOf({ metric, unit }: Row): "more" | "less" | undefined {
  if (metric === "admitted") return undefined;
  if (metric !== "ratio") return isMoreBetter(metric) ? "more" : "less";
  // What is a ratio of something says of what; of two threads to one, more is better.
  const [, of, above] = /^(\S+): (\S+)/.exec(unit) ?? [];
  if (of === undefined) return "more";
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- as verdicts write it
  return isMoreBetter(of as Metric) === (above === "own") ? "more" : "less";
}

/** What moved from one run to the next, as lines of text. */
export function compare(before: Report, after: Report): string[] {
  const moves = movesBetween(before, after);
  const shared = pairsOf(before, after).length;
  const head = `Of ${shared} rows that both runs have, ${moves.length} moved beyond the noise of both (commit ${before.commit}, now ${after.commit}).`;
  const notes = notesOn(before, after);
  if (moves.length === 0) return [head, ...notes];
  const rows = moves.map(({ before: was, after: is, sense }) => [
    is.subject,
    is.work,
    is.metric === "ratio" ? is.unit : is.metric,
    cell(was),
    cell(is),
    `${((is.value / was.value - 1) * 100).toFixed(0)} %`.replace(/^(?=\d)/, "+"),
    sense === "other" ? "" : sense,
  ]);
  const heads = ["subject", "work", "metric", "before", "now", "by", ""];
  return [head, ...notes, "", ...table(heads, rows, new Set(["by"]))];
}

function notesOn(before: Report, after: Report): string[] {
  const notes: string[] = [];
  if (before.machine.cpu !== after.machine.cpu || before.machine.cores !== after.machine.cores) {
    notes.push("They were made on different machines: only ratios can be compared.");
  }
  if (before.quick !== after.quick) {
    notes.push("One of them was quick, with smaller tables: what moved may be that.");
  }
  const slower = slownessOfPeers(before, after);
  if (Math.abs(slower - 1) > leastShare) {
    const by = `${Math.abs((slower - 1) * 100).toFixed(0)} % ${slower > 1 ? "more" : "less"} time`;
    notes.push(`What others' packages do took ${by}: so much is the machine's. Look at ratios.`);
  }
  return notes;
}

/** How many times as long others' packages took, whose code is the same unless a version is another: the median over what they do. */
function slownessOfPeers(before: Report, after: Report): number {
  const ratios = pairsOf(before, after).flatMap(([was, row]) => {
    if (isOwn(row.subject)) return [];
    if (row.metric === "ns/op") return [row.value / was.value];
    return row.metric === "ops/s" ? [was.value / row.value] : [];
  });
  return ratios.length === 0 ? 1 : median(ratios);
}

function cell({ value, low, high, metric }: Row): string {
  const [middle, least, most] = [value, low, high].map((one) => figure(one, metric));
  return `${middle} (${least} – ${most})`;
}
