/** What a subject is made to do: in this process's memory. The number of keys is in the name; a quick run has fewer. */
type MemoryWork =
  | "hot"
  | "hot-denied"
  | "uniform-10k"
  | "weighted-10k"
  | "uniform-1m"
  | "zipf-1m"
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

/** Against a Redis server. The number behind a `c` is how many checks are in flight; where there is none, 64. */
type RedisWork =
  | "redis-c1"
  | "redis-c64"
  | "redis-c512"
  | "redis-alone-c64"
  | "redis-weighted-c1"
  | "redis-weighted-c64"
  | "redis-weighted-alone-c64"
  | "redis-limits3-c64"
  | "redis-denied"
  | "redis-denied-cached"
  | "redis-hot-c1"
  | "redis-hot-c64"
  | "redis-leased"
  | "redis-leased-c1"
  | "redis-fleet"
  | "redis-window-1"
  | "redis-window-100"
  | "redis-weighted-window-100";

/** In a server over the loopback, behind one limit or three. */
type HttpWork = `http-${"express" | "fastify" | "hono"}${"" | "-limits3"}` | "http-metered";

/** A load of a model server in simulated time: made up, or recorded by Azure. */
export type TokenWork = `tokens-${"" | "azure-"}${"chat" | "code"}`;

/** From a client over the loopback, beside the plain `fetch`. */
type FetchWork = "fetch" | "fetch-stream";

/** What a subject is made to do. */
export type Work = MemoryWork | NativeWork | RedisWork | HttpWork | FetchWork | TokenWork;

/** What is measured of it. */
export type Metric = keyof typeof units;

/** The unit of each metric. A `ratio`'s row says of what. */
export const units = {
  "ns/op": "ns",
  p50: "ns",
  p90: "ns",
  p99: "ns",
  p999: "ns",
  "ops/s": "1/s",
  "bytes/key": "B",
  "heap-bytes/key": "B",
  "rss-bytes/key": "B",
  "objects/key": "objects",
  "server-us": "us",
  local: "of decisions",
  used: "of the capacity",
  "over-admitted": "units",
  overshoot: "of the limit",
  admitted: "of the limit",
  kept: "of those without",
  "added-us": "us",
  ratio: "x",
} as const;

/** Whether more of it is better. */
export function isMoreBetter(metric: Metric): boolean {
  return ["ops/s", "local", "used", "kept"].includes(metric);
}

/** Values in even steps of time. */
export interface Course {
  readonly everyMs: number;
  readonly values: readonly number[];
}

/** One value of one round. */
export interface Sample {
  readonly work: Work;
  readonly metric: Metric;
  readonly value: number;
  /** What the value sums up. */
  readonly course?: Course;
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

/** What a row sums up, over time, in its last round. */
export interface CourseOf extends Course {
  readonly subject: string;
  readonly work: Work;
  readonly unit: string;
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
  /** When it was begun, in UTC. */
  readonly at: string;
  /** Whether it was a first look: smaller tables, fewer works. */
  readonly quick: boolean;
  /** For each suite what the answers of its subjects mean. */
  readonly promises: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** One for each subject, work, metric and unit. */
  readonly rows: readonly Row[];
  readonly courses: readonly CourseOf[];
}
