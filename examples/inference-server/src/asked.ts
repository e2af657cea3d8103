import type { Load } from "./load/load.ts";
import { everyone } from "./plan.ts";

/**
 * The tokens that a load would use in each window if there were no limits, by tenant and for all: one value for each
 * `sliceMs`, the sum of the window that ends there. Times are of the replay; it is cut where that ended, at `endMs`.
 */
export function askedTokens(
  load: Load,
  speed: number,
  windowMs: number,
  sliceMs: number,
  endMs: number,
): Record<string, number[]> {
  const lastMs = Math.min(endMs, (load.requests.at(-1)?.atMs ?? 0) / speed);
  const slices = Math.ceil(lastMs / sliceMs) + 1;
  const perWindow = Math.round(windowMs / sliceMs);
  const sums: Record<string, number[]> = {};
  for (const { tenant, atMs, contextTokens, generatedTokens } of load.requests) {
    const first = Math.floor(atMs / speed / sliceMs);
    for (const name of [tenant, everyone]) {
      const sum = (sums[name] ??= Array.from({ length: slices }, () => 0));
      for (let slice = first; slice < Math.min(slices, first + perWindow); slice++) {
        sum[slice]! += contextTokens + generatedTokens;
      }
    }
  }
  return sums;
}
