import { figure } from "../figure.ts";
import type { Results } from "../results.ts";
import { spreadOf } from "../statistics.ts";
import { type Column, subjectTable } from "../subject-table.ts";
import { fewKeysSubjects } from "./subjects/index.ts";
import { timer } from "./subjects/timer.ts";

const columns: readonly Column[] = [
  { head: "uniform-1m", work: "uniform-1m", metric: "ns/op" },
  { head: "its p99.9", work: "uniform-1m", metric: "p999" },
  { head: "zipf-1m", work: "zipf-1m", metric: "ns/op" },
  { head: "uniform-10k", work: "uniform-10k", metric: "ns/op" },
  { head: "weighted-10k", work: "weighted-10k", metric: "ns/op" },
  { head: "hot", work: "hot", metric: "ns/op" },
  { head: "hot-denied", work: "hot-denied", metric: "ns/op" },
  { head: "B/key", work: "entries1-1m", metric: "bytes/key" },
  { head: "RSS", work: "entries1-1m", metric: "rss-bytes/key" },
  { head: "objects/key", work: "entries1-1m", metric: "objects/key" },
];

/** What was measured in memory, as lines of text. */
export function memoryTables(results: Results): string[] {
  return [
    ...subjectTable(columns, fewKeysSubjects, results),
    "",
    "Nanoseconds for one decision, and bytes and heap objects for a key with one entry: medians of all rounds. Each key is a",
    `new string, built within what is timed. ${timerLine(results)}`,
  ];
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
