import { quantile } from "./statistics.ts";

const shares = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 } as const;

/** One of a latency curve. */
interface Quantile {
  readonly metric: keyof typeof shares;
  readonly value: number;
}

/** The metrics of a latency curve, from the fastest. */
export const quantileMetrics = ["p50", "p90", "p99", "p999"] as const;

/** The latency curve of single calls. Sorts `samples`. */
export function quantilesOf(samples: Float64Array): Quantile[] {
  return quantileMetrics.map((metric) => ({ metric, value: quantile(samples, shares[metric]) }));
}
