import { spread } from "../figure.ts";
import type { Metric, Work } from "../report.ts";
import type { Results } from "../results.ts";
import { spreadOf } from "../statistics.ts";
import { table } from "../table.ts";
import { jobs } from "./jobs/index.ts";

/** What was measured over HTTP, as lines of text. */
export function httpTables(results: Results): string[] {
  const cell = (subject: string, work: Work, metric: Metric): string => {
    const values = [...results.series(subject, work, metric).values()];
    return values.length === 0 ? "–" : spread(spreadOf(values), metric);
  };
  const rows = (["express", "fastify", "hono"] as const).flatMap((framework, index) =>
    jobs[index]!.subjects.flatMap(({ name }) =>
      (name === "sluice" ? (["", "-limits3"] as const) : ([""] as const)).map((limits) => [
        jobs[index]!.name,
        name,
        limits === "" ? "1" : "3",
        cell(name, `http-${framework}${limits}`, "kept"),
        cell(name, `http-${framework}${limits}`, "added-us"),
      ]),
    ),
  );
  return [
    ...table(["framework", "middleware", "limits", "requests/s kept", "added to a request"], rows),
    "",
    "A handler of five bytes over the loopback, bursts of autocannon without and with the middleware by turns, 500 keys from a",
    "header, none refused, headers on. What is added is processor time of the server.",
    "",
    `Streams of 2,000 events, one by one, through a gateway, metered beside not: ${cell("sluice", "http-metered", "ratio")} the processor time.`,
  ];
}
