import { spread } from "../figure.ts";
import type { Metric, Work } from "../report.ts";
import type { Results } from "../results.ts";
import { spreadOf } from "../statistics.ts";
import { table } from "../table.ts";
import { peers, sluice } from "./subjects.ts";

/** What was measured of clients, as lines of text. */
export function fetchTables(results: Results): string[] {
  const cell = (subject: string, work: Work, metric: Metric): string => {
    const values = [...results.series(subject, work, metric).values()];
    return values.length === 0 ? "–" : spread(spreadOf(values), metric);
  };
  const rows = [sluice, ...peers].map(({ name }) => [
    name,
    cell(name, "fetch", "kept"),
    cell(name, "fetch", "added-us"),
    cell(name, "fetch-stream", "kept"),
  ]);
  return [
    ...table(["fetch", "completions/s kept", "added to a call", "streams/s kept"], rows),
    "",
    "A model on the loopback that answers at once: completions of some 500 bytes, 16 in flight, and streams of 2,000 events, one",
    "after another; bursts of the plain fetch and of the other by turns, connections kept. What is added is this process's time.",
  ];
}
