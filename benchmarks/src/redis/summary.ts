import type { Results } from "../results.ts";
import { type Column, subjectTable } from "../subject-table.ts";
import { emptyScript } from "./subjects/empty-script.ts";
import { exactPeers, fixedPeers } from "./subjects/index.ts";
import { sluiceRedis } from "./subjects/sluice-redis.ts";

const rates: readonly Column[] = [
  { head: "1 in flight", work: "one-limit-1", metric: "ops/s" },
  { head: "64", work: "one-limit-64", metric: "ops/s" },
  { head: "512", work: "one-limit-512", metric: "ops/s" },
  { head: "weighted, 1", work: "weighted-1", metric: "ops/s" },
  { head: "weighted, 64", work: "weighted-64", metric: "ops/s" },
  { head: "3 limits, 64", work: "three-limits-64", metric: "ops/s" },
  { head: "refusals, 64", work: "refused-64", metric: "ops/s" },
  { head: "cached, 64", work: "refused-cached-64", metric: "ops/s" },
];

const costs: readonly Column[] = [
  { head: "1 in flight", work: "one-limit-1", metric: "server-us" },
  { head: "64", work: "one-limit-64", metric: "server-us" },
  { head: "64, each alone", work: "each-alone-64", metric: "server-us" },
  { head: "weighted, 64", work: "weighted-64", metric: "server-us" },
  { head: "weighted, each alone", work: "weighted-alone-64", metric: "server-us" },
  { head: "3 limits, 64", work: "three-limits-64", metric: "server-us" },
  { head: "B/window of 100", work: "full-window", metric: "bytes/window" },
  { head: "B/weighted window", work: "full-weighted-window", metric: "bytes/window" },
];

const hot: readonly Column[] = [
  { head: "1 in flight", work: "hot-1", metric: "ops/s" },
  { head: "leased, 1", work: "hot-leased-1", metric: "ops/s" },
  { head: "64", work: "hot-64", metric: "ops/s" },
  { head: "leased, 64", work: "hot-leased-64", metric: "ops/s" },
  { head: "decided locally", work: "fleet-leased", metric: "local" },
  { head: "used", work: "fleet-leased", metric: "used" },
  { head: "over-admitted", work: "fleet-leased", metric: "over-admitted" },
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
    "One hot key: checks a second by one process; and of many that lease slices of 50 and ask for three times its limit, the decisions made",
    "in the process that asks, the share of the limit that is used, and the most units above it in any window:",
    "",
    ...subjectTable(hot, [sluiceRedis], results),
    "",
    ...subjects.map(({ name, promise }) => `${name}: ${promise}`),
    "rate-limiter-flexible's three limits are three calls, of which those that pass are charged when another refuses.",
  ];
}
