/** What a subject is made to do: in this process's memory. */
type MemoryWork =
  | "uniform-1m"
  | "zipf-1m"
  | "uniform-10k"
  | "hot"
  | "hot-denied"
  | "batch64-1m"
  | "limits3-1m"
  | "window-100"
  | "window-10k"
  | "entries1-1m"
  | "entries3-1m"
  | "shared-1thread"
  | "shared-2threads"
  | "timer";

/** As `MemoryWork`, of the store in Rust; by `reserve` and `reserveMany` of a store, and on a file that processes share. */
type NativeWork =
  | "entries100-100k"
  | "reserve-1m"
  | "reserve64-1m"
  | "alone-1m"
  | "file-1m"
  | "file-1process"
  | "file-2processes";

/** Against a Redis server. The number behind a work is how many checks are in flight. */
type RedisWork =
  | "one-limit-1"
  | "one-limit-64"
  | "one-limit-512"
  | "each-alone-64"
  | "weighted-1"
  | "weighted-64"
  | "weighted-alone-64"
  | "three-limits-64"
  | "full-window"
  | "full-weighted-window"
  | "refused-64"
  | "refused-cached-64"
  | "hot-1"
  | "hot-leased-1"
  | "hot-64"
  | "hot-leased-64"
  | "fleet-leased";

/** In a server over the loopback. The number behind a framework is how many limits there are. */
type HttpWork = `${"express" | "fastify" | "hono"}-${"1" | "3"}` | "metered-stream";

/** What a subject is made to do. */
export type Work = MemoryWork | NativeWork | RedisWork | HttpWork;

/** What is measured of it. */
export type Metric = keyof typeof units;

/** The unit of each metric. A `ratio`'s row says of what. */
export const units = {
  "ns/op": "ns",
  p999: "ns",
  "ops/s": "1/s",
  "bytes/key": "B",
  "heap-bytes/key": "B",
  "rss-bytes/key": "B",
  "objects/key": "objects",
  "server-us": "us",
  "bytes/window": "B",
  local: "of decisions",
  used: "of the capacity",
  "over-admitted": "units",
  admitted: "of the limit",
  kept: "of those without",
  "added-us": "us",
  ratio: "x",
} as const;

/** Whether more of it is better. */
export function isMoreBetter(metric: Metric): boolean {
  return ["ops/s", "local", "used", "kept"].includes(metric);
}

/** One value of one round. */
export interface Sample {
  readonly work: Work;
  readonly metric: Metric;
  readonly value: number;
}

/** The median over the rounds, with the lowest and the highest of them. */
export interface Row {
  readonly subject: string;
  readonly work: Work;
  readonly metric: Metric;
  readonly unit: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Where a run was made. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly os: string;
}

/** What `--json` writes. */
export interface Report {
  readonly machine: Machine;
  /** Of Node, V8 and every package measured. */
  readonly versions: Readonly<Record<string, string>>;
  /** With `-dirty` behind it when files differ from it; `unknown` outside a repository. */
  readonly commit: string;
  readonly rows: readonly Row[];
}
