import { quantileMetrics } from "../quantiles.ts";
import type { Results } from "../results.ts";
import { type Column, subjectTable } from "../subject-table.ts";
import { emptyScript } from "./subjects/empty-script.ts";
import { exactPeers, fixedPeers } from "./subjects/index.ts";
import { sluiceRedis } from "./subjects/sluice-redis.ts";

const rates: readonly Column[] = [
  { head: "1 in flight", work: "redis-c1", metric: "ops/s" },
  { head: "64", work: "redis-c64", metric: "ops/s" },
  { head: "512", work: "redis-c512", metric: "ops/s" },
  { head: "weighted, 1", work: "redis-weighted-c1", metric: "ops/s" },
  { head: "weighted, 64", work: "redis-weighted-c64", metric: "ops/s" },
  { head: "3 limits, 64", work: "redis-limits3-c64", metric: "ops/s" },
  { head: "refusals, 64", work: "redis-denied", metric: "ops/s" },
  { head: "cached, 64", work: "redis-denied-cached", metric: "ops/s" },
];

const costs: readonly Column[] = [
  { head: "1 in flight", work: "redis-c1", metric: "server-us" },
  { head: "64", work: "redis-c64", metric: "server-us" },
  { head: "64, each alone", work: "redis-alone-c64", metric: "server-us" },
  { head: "weighted, 64", work: "redis-weighted-c64", metric: "server-us" },
  { head: "weighted, each alone", work: "redis-weighted-alone-c64", metric: "server-us" },
  { head: "3 limits, 64", work: "redis-limits3-c64", metric: "server-us" },
  { head: "B/window of 1", work: "redis-window-1", metric: "bytes/key" },
  { head: "of 100", work: "redis-window-100", metric: "bytes/key" },
  { head: "of 100 weighted", work: "redis-weighted-window-100", metric: "bytes/key" },
];

const latencies = (["redis-c1", "redis-c64"] as const).flatMap((work): Column[] =>
  quantileMetrics.map((metric) => ({ head: `${work.slice(6)} ${metric}`, work, metric })),
);

const hot: readonly Column[] = [
  { head: "1 in flight", work: "redis-hot-c1", metric: "ops/s" },
  { head: "leased, 1", work: "redis-leased-c1", metric: "ops/s" },
  { head: "64", work: "redis-hot-c64", metric: "ops/s" },
  { head: "leased, 64", work: "redis-leased", metric: "ops/s" },
  { head: "decided locally", work: "redis-fleet", metric: "local" },
  { head: "used", work: "redis-fleet", metric: "used" },
  { head: "over-admitted", work: "redis-fleet", metric: "over-admitted" },
];

const subjects = [sluiceRedis, ...fixedPeers, ...exactPeers, emptyScript];

/** What was measured on a Redis server, as lines of text. */
export function redisTables(results: Results): string[] {
  return [
    "Checks a second, so many in flight, by one process:",
    "",
    ...subjectTable(rates, subjects, results),
    "",
    "Microseconds of the server for each check (INFO commandstats), and what a full window takes (MEMORY USAGE):",
    "",
    ...subjectTable(costs, subjects, results),
    "",
    "Nanoseconds of single checks, from the question to the answer:",
    "",
    ...subjectTable(latencies, subjects, results),
    "",
    "One hot key: checks a second by one process; and of many that lease slices of 50 and ask for three times its limit, the decisions made",
    "in the process that asks, the share of the limit that is used, and the most units above it in any window:",
    "",
    ...subjectTable(hot, [sluiceRedis], results),
    "",
    "rate-limiter-flexible's three limits are three calls, of which those that pass are charged when another refuses.",
  ];
}
