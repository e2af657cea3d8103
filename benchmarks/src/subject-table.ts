import { figure } from "./figure.ts";
import type { Metric, Work } from "./report.ts";
import type { Results } from "./results.ts";
import { spreadOf } from "./statistics.ts";
import { table } from "./table.ts";

/** What a column of a table shows of each subject. */
export interface Column {
  readonly head: string;
  readonly work: Work;
  readonly metric: Metric;
}

/** The medians of each subject, a line each. */
export function subjectTable(
  columns: readonly Column[],
  subjects: readonly { readonly name: string }[],
  results: Results,
): string[] {
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
