import { type Metric, units } from "./report.ts";
import type { Spread } from "./statistics.ts";

const digits: Partial<Record<Metric, number>> = {
  ratio: 2,
  admitted: 4,
  "objects/key": 2,
  "server-us": 2,
  kept: 2,
  "added-us": 1,
  local: 3,
  used: 3,
};

/** A value as a table shows it. */
export function figure(value: number, metric: Metric): string {
  // Not "-0.00".
  return (value.toFixed(digits[metric] ?? 0) || "0").replace(/^-(0\.?0*)$/, "$1");
}

/** A median with its lowest, its highest and its unit. */
export function spread({ value, low, high }: Spread, metric: Metric): string {
  const [middle, least, most] = [value, low, high].map((one) => figure(one, metric));
  return `${middle} (${least} – ${most}) ${units[metric]}`;
}
