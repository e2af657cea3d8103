import type { Timing } from "../timing.ts";

/** How a wait is spread. */
export interface BackoffOptions {
  /**
   * `"full"`: from 0 to `baseMs` · 2^n. `"decorrelated"`: from `baseMs` to three times the wait before. (Brooker, "Exponential backoff and
   * jitter", 2015.)
   */
  readonly jitter: "full" | "decorrelated";
  readonly baseMs: number;
  readonly capMs: number;
}

/** The wait before retry `retry` (0 is the first) in whole milliseconds, after a wait of `lastMs`. */
export function backoff(
  { jitter, baseMs, capMs }: BackoffOptions,
  retry: number,
  lastMs: number,
  timing: Timing,
): number {
  const chance = timing.random();
  if (jitter === "full") return Math.round(chance * Math.min(capMs, baseMs * 2 ** retry));
  const top = Math.max(baseMs, lastMs * 3);
  return Math.round(Math.min(capMs, baseMs + chance * (top - baseMs)));
}
