import type { Account, Ledger } from "./ledger.ts";
import type { Load } from "./load/load.ts";

/** The summary of a run as `--json` writes it. */
export interface Result {
  /** `seconds` of real time. */
  readonly load: { readonly source: string; readonly requests: number; readonly seconds: number };
  /** One entry for each limit and tenant; tenant `"*"` is the key that all share. */
  readonly limits: readonly LimitResult[];
  readonly refusals: { readonly total: number; readonly withRetryAfter: number };
  /** Added to a request by deciding on it. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

/** How well one limit held. */
export interface LimitResult {
  readonly tenant: string;
  readonly limit: string;
  readonly unit: string;
  readonly capacity: number;
  /** Of real time; 0 for a limit on what is in flight. */
  readonly windowMs: number;
  /** The most that stood charged in one window as a request was admitted, recomputed from the record of events. */
  readonly worstWindow: number;
  /** `worstWindow` divided by `capacity`. */
  readonly ratio: number;
  /** What the ratio may be at most. */
  readonly bound: number;
}

/** One store in one process: exact. */
const bound = 1;

/** What a run of `sent` requests came to. */
export function resultOf(
  load: Load,
  sent: number,
  seconds: number,
  ledger: Ledger,
  accounts: readonly Account[],
): Result {
  const { total, withRetryAfter } = ledger.refusals;
  return {
    load: { source: load.source, requests: sent, seconds: Math.round(seconds * 1000) / 1000 },
    limits: accounts.map(({ tenant, limit, worstWindow }) => ({
      tenant,
      limit: limit.name,
      unit: limit.unit,
      capacity: limit.capacity,
      windowMs: limit.windowMs,
      worstWindow,
      ratio: limit.capacity === 0 ? worstWindow : worstWindow / limit.capacity,
      bound,
    })),
    refusals: { total, withRetryAfter },
    latencyMs: { p50: percentile(ledger.addedMs, 0.5), p99: percentile(ledger.addedMs, 0.99) },
  };
}

/** The limits that did not hold. */
export function broken(result: Result): LimitResult[] {
  return result.limits.filter((limit) => limit.ratio > limit.bound);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Math.round(value * 1000) / 1000;
}
