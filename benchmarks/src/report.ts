/** What a subject is made to do. */
export type Work =
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
  admitted: "of the limit",
  ratio: "x",
} as const;

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
