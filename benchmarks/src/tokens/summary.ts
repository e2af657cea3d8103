import type { Results } from "../results.ts";
import { type Column, subjectTable } from "../subject-table.ts";
import { loads, traceFolder } from "./loads.ts";
import { ways } from "./ways.ts";

const columns = loads.flatMap(({ work }): Column[] => [
  { head: `${work} overshoot`, work, metric: "overshoot" },
  { head: "used", work, metric: "used" },
]);

/** What came of each way to charge tokens, as lines of text. */
export function tokensTables(results: Results): string[] {
  const missing = loads.some(({ isRecorded }) => isRecorded)
    ? []
    : ["", `Azure's recorded traces are left out: they are not in ${traceFolder} (SLUICE_TRACES)`];
  return [
    "The most tokens in any minute, and what is used of all minutes, as shares of a limit of a third of what is asked:",
    "",
    ...subjectTable(columns, ways, results),
    ...missing,
  ];
}
