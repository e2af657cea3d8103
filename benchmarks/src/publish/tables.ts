import { amount } from "../page/amount.ts";
import { isOwn } from "../page/own.ts";
import { isMoreBetter, type Metric, type Report, type Row, type Work } from "../report.ts";

/** The tables that pages show, by the name they are marked with, each made of the rows of a run. */
export const tables: Readonly<Record<string, (report: Report) => string[]>> = {
  overview: (report) =>
    markdown(
      ["", "Sluice", "the best of the peers"],
      [
        duel(report, "one decision, a million keys", "uniform-1m", "ns/op"),
        duel(report, "its slowest in a thousand", "uniform-1m", "p999"),
        duel(report, "one decision, one hot key", "hot", "ns/op"),
        duel(report, "memory of a key", "entries1-1m", "bytes/key"),
        duel(report, "Redis, 64 checks in flight", "redis-c64", "ops/s"),
        duel(report, "Redis, one check at a time", "redis-c1", "ops/s"),
        duel(report, "Redis, refusals remembered", "redis-denied-cached", "ops/s"),
        duel(report, "requests a second kept in Express", "http-express", "kept"),
        duel(report, "requests a second kept in Fastify", "http-fastify", "kept"),
        duel(report, "requests a second kept in Hono", "http-hono", "kept"),
        duel(report, "completions a second kept by the client", "fetch", "kept"),
      ],
    ),
  tokens: (report) =>
    markdown(
      ["tokens are charged …", "worst minute", "used"],
      [
        ["after the answer", ...way(report, "charge-after")],
        ["as `max_tokens` of 4,096 beforehand", ...way(report, "reserve-max-4096")],
        ["as estimated, extended, settled: Sluice", ...way(report, "reserve-extend")],
      ],
    ),
  client: (report) => {
    const client = (name: string): string[] => [
      name,
      cell(report, name, "fetch", "kept"),
      cell(report, name, "fetch", "added-us"),
      cell(report, name, "fetch-stream", "kept"),
    ];
    return markdown(
      ["", "completions a second kept", "added to a call", "streams kept"],
      ["sluice", "ky", "fetch-retry", "p-retry", "cockatiel", "undici"].map(client),
    );
  },
  native: (report) => {
    const beside = (name: string, work: Work, metric: Metric): string[] => [
      name,
      cell(report, "sluice-native", work, metric),
      cell(report, "sluice-memory", work, metric),
    ];
    return markdown(
      ["a million keys", "here", "`memoryStore()`"],
      [
        beside("a single check", "uniform-1m", "ns/op"),
        beside("its p99.9", "uniform-1m", "p999"),
        beside("`checkMany` of 64, a key", "batch64-1m", "ns/op"),
        beside("two threads beside one", "shared-2threads", "ratio"),
        beside("a file that processes share, a check", "file-1m", "ns/op"),
        beside("two processes on a file beside one", "file-2processes", "ratio"),
        beside("bytes a key, 1 charge", "entries1-1m", "bytes/key"),
        beside("bytes a key, a window of 100", "entries100-100k", "bytes/key"),
      ],
    );
  },
};

/** What Sluice does of a work, and the best of its peers, the better in bold. */
function duel(report: Report, name: string, work: Work, metric: Metric): string[] {
  const sign = isMoreBetter(metric) ? -1 : 1;
  const all = report.rows
    .filter((row) => row.work === work && row.metric === metric && row.subject !== "empty script")
    .toSorted((a, b) => sign * (a.value - b.value));
  // The store in TypeScript, which needs nothing else, stands for both.
  const own = all.find(({ subject }) => isOwn(subject) && subject !== "sluice-native");
  const peer = all.find(({ subject }) => !isOwn(subject));
  if (own === undefined || peer === undefined) return [name, "–", "–"];
  const isBetter = sign * (own.value - peer.value) < 0;
  return [
    name,
    bold(spreadOf(own), isBetter),
    `${bold(spreadOf(peer), !isBetter)} ${peer.subject}`,
  ];
}

function bold(text: string, is: boolean): string {
  return is ? `**${text}**` : text;
}

function way(report: Report, subject: string): string[] {
  return [
    cell(report, subject, "tokens-chat", "overshoot"),
    cell(report, subject, "tokens-chat", "used"),
  ];
}

function cell({ rows }: Report, subject: string, work: Work, metric: Metric): string {
  const row = rows.find(
    (one) =>
      one.subject === subject &&
      one.work === work &&
      one.metric === metric &&
      // The ratio of two threads or processes to one, not of one subject to another.
      (metric !== "ratio" || one.unit === "x"),
  );
  return row === undefined ? "–" : spreadOf(row);
}

function spreadOf({ value, low, high, metric }: Row): string {
  const middle = amount(value, metric);
  if (low === high) return middle;
  return `${middle} (${amount(low, metric)} – ${amount(high, metric)})`;
}

/** A table as the formatter of this repository leaves it. */
function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, column) =>
    Math.max(3, name.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => text.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
