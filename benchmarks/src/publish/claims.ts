import type { Metric, Work } from "../report.ts";

/** What a page says outside of its tables, and the row that shows it. */
export interface Claim {
  readonly page: string;
  /** Word for word. */
  readonly says: string;
  readonly subject: string;
  readonly work: Work;
  readonly metric: Metric;
  /** Between what the row's median must lie for it to be true. */
  readonly from: number;
  readonly to: number;
}

/** Every figure of a page that is not in a table made of the rows. */
export const claims: readonly Claim[] = [
  {
    page: "packages/core/README.md",
    says: "of about 130 bytes each",
    subject: "sluice-memory",
    work: "entries1-1m",
    metric: "bytes/key",
    from: 120,
    to: 140,
  },
  {
    page: "docs/redis.md",
    says: "A full sliding window of 100 takes 540 to 640 bytes",
    subject: "sluice-redis",
    work: "redis-window-100",
    metric: "bytes/key",
    from: 540,
    to: 640,
  },
  {
    page: "docs/redis.md",
    says: "up to 1,000 where costs differ",
    subject: "sluice-redis",
    work: "redis-weighted-window-100",
    metric: "bytes/key",
    from: 640,
    to: 1_000,
  },
];
