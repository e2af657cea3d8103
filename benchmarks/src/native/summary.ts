import type { Results } from "../results.ts";
import { type Column, subjectTable } from "../subject-table.ts";
import { subjects } from "./subjects.ts";

const decisions: readonly Column[] = [
  { head: "uniform-1m", work: "uniform-1m", metric: "ns/op" },
  { head: "its p99.9", work: "uniform-1m", metric: "p999" },
  { head: "zipf-1m", work: "zipf-1m", metric: "ns/op" },
  { head: "batch of 64", work: "batch64-1m", metric: "ns/op" },
  { head: "reserve", work: "reserve-1m", metric: "ns/op" },
  { head: "reserveMany of 64", work: "reserve64-1m", metric: "ns/op" },
  { head: "alone", work: "alone-1m", metric: "ns/op" },
  { head: "on a file", work: "file-1m", metric: "ns/op" },
];

const sharing: readonly Column[] = [
  { head: "1 thread", work: "shared-1thread", metric: "ops/s" },
  { head: "2 threads", work: "shared-2threads", metric: "ops/s" },
  { head: "ratio", work: "shared-2threads", metric: "ratio" },
  { head: "1 process", work: "file-1process", metric: "ops/s" },
  { head: "2 processes", work: "file-2processes", metric: "ops/s" },
  { head: "ratio", work: "file-2processes", metric: "ratio" },
];

const bytes: readonly Column[] = [
  { head: "1 entry", work: "entries1-1m", metric: "bytes/key" },
  { head: "its RSS", work: "entries1-1m", metric: "rss-bytes/key" },
  { head: "window of 100", work: "entries100-100k", metric: "bytes/key" },
  { head: "its RSS", work: "entries100-100k", metric: "rss-bytes/key" },
];

/** What was measured of the store in Rust, as lines of text. */
export function nativeTables(results: Results): string[] {
  return [
    "Nanoseconds for one decision, of a batch as of a single call, over a million keys, each a new string, built within what is timed:",
    "",
    ...subjectTable(decisions, subjects, results),
    "",
    "Checks a second of one table of a million keys, by threads, and by processes on a file:",
    "",
    ...subjectTable(sharing, subjects, results),
    "",
    "Bytes for a key, by what a store says that it has and by what the process takes:",
    "",
    ...subjectTable(bytes, subjects, results),
  ];
}
