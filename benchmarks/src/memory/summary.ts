import { type Metric, type Report, units, type Work } from "../report.ts";
import type { Results } from "../results.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import { table } from "../table.ts";
import { goals } from "./goals.ts";
import { subjects } from "./subjects/index.ts";
import { timer } from "./subjects/timer.ts";
import { verdictOn, type Verdict } from "./verdict.ts";

const columns: readonly { readonly head: string; readonly work: Work; readonly metric: Metric }[] =
  [
    { head: "uniform-1m", work: "uniform-1m", metric: "ns/op" },
    { head: "its p99.9", work: "uniform-1m", metric: "p999" },
    { head: "zipf-1m", work: "zipf-1m", metric: "ns/op" },
    { head: "uniform-10k", work: "uniform-10k", metric: "ns/op" },
    { head: "hot", work: "hot", metric: "ns/op" },
    { head: "hot-denied", work: "hot-denied", metric: "ns/op" },
    { head: "B/key", work: "entries1-1m", metric: "bytes/key" },
    { head: "RSS", work: "entries1-1m", metric: "rss-bytes/key" },
    { head: "objects/key", work: "entries1-1m", metric: "objects/key" },
  ];

/** What was measured, where, and how it stands to the goals, as lines of text. */
export function summary(
  { machine, versions, commit }: Omit<Report, "rows">,
  results: Results,
  failures: readonly string[],
): string[] {
  const { cpu, cores, memoryGb, os } = machine;
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${os}; commit ${commit}`,
    packages.join(", "),
    "",
    ...subjectTable(results),
    "",
    "Nanoseconds for one decision, and bytes and heap objects for a key with one entry: medians of all rounds. Each key is a",
    `new string, built within what is timed. ${timerLine(results)}`,
    "",
    ...subjects.map(({ name, promise }) => `${name}: ${promise}`),
    "",
    ...goalTable(results),
    "",
    "Medians (lowest – highest of all rounds); a ratio is taken round by round.",
    ...failures.map((failure) => `not measured: ${failure}`),
  ];
}

function subjectTable(results: Results): string[] {
  const heads = columns.map(({ head }) => head);
  const rows = subjects.map(({ name }) => [
    name,
    ...columns.map(({ work, metric }) => {
      const series = results.series(name, work, metric);
      return series.size === 0 ? "–" : figure(spreadOf([...series.values()]).value, metric);
    }),
  ]);
  return table(["subject", ...heads], rows, new Set(heads));
}

function timerLine(results: Results): string {
  const [each, p999] = (["ns/op", "p999"] as const).map((metric) =>
    results.series(timer.name, "timer", metric),
  );
  if (each!.size === 0 || p999!.size === 0) return "";
  const mean = spreadOf([...each!.values()]).value;
  const slow = spreadOf([...p999!.values()]).value;
  return `Timing a call takes ${figure(mean, "ns/op")} ns (p99.9: ${figure(slow, "p999")}), which a p99.9 includes.`;
}

function goalTable(results: Results): string[] {
  const heads = ["work", "Sluice", "best peer", "ratio", "goal", "reached"];
  const rows = goals.map((goal) => {
    const { work, metric } = goal;
    const verdict = verdictOn(goal, results);
    const name = metric === "ns/op" || metric === "ratio" ? work : `${work} ${metric}`;
    if (verdict === undefined) return [name, "not measured", "", "", wanted(goal), "no"];
    const { own, bestPeer, ratio, isReached } = verdict;
    return [
      name,
      spread(own, metric),
      bestPeer === undefined
        ? ""
        : `${figure(spreadOf([...bestPeer.series.values()]).value, metric)} ${bestPeer.name}`,
      ratio === undefined ? "" : `${spread(ratio, "ratio")} ${sense(verdict)}`,
      wanted(goal),
      isReached ? "yes" : "no",
    ];
  });
  return table(heads, rows);
}

function sense({ goal, ratio }: Verdict): string {
  return goal.as === "times-worse" ? `of ${ratio!.to}` : `better than ${ratio!.to}`;
}

function wanted({ atLeast, atMost }: (typeof goals)[number]): string {
  if (atLeast !== undefined && atMost !== undefined) return `= ${atLeast}`;
  return atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`;
}

function spread({ value, low, high }: Spread, metric: Metric): string {
  const [middle, least, most] = [value, low, high].map((one) => figure(one, metric));
  return `${middle} (${least} – ${most}) ${units[metric]}`;
}

const digits: Partial<Record<Metric, number>> = { ratio: 2, admitted: 4, "objects/key": 2 };

function figure(value: number, metric: Metric): string {
  // Not "-0.00".
  return (value.toFixed(digits[metric] ?? 0) || "0").replace(/^-(0\.?0*)$/, "$1");
}
