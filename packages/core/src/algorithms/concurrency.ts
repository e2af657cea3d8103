import { durationMs, type Duration } from "../duration.ts";
import { limitBase, type LimitBase, type LimitOptions } from "../limit-options.ts";

/** Options of `concurrency()`. */
export interface ConcurrencyOptions extends LimitOptions {
  /** How long a lease lives without a sign of life: its holder is then taken for dead. Default: `"5m"`. */
  readonly expiresAfter?: Duration;
}

/** A limit on what live leases hold at one time. */
export interface ConcurrencyLimit extends LimitBase {
  readonly algorithm: "concurrency";
  readonly expiresAfterMs: number;
}

/** How long a lease lives without a sign of life, where no limit says. */
export const defaultExpiresAfterMs = 300_000;

/**
 * A limit on what is in flight: a lease holds its cost from `reserve` until it is settled, released or expires.
 * `check` is tested against it and holds nothing. Throws `invalid-option`.
 */
export function concurrency(options: ConcurrencyOptions): ConcurrencyLimit {
  const base = limitBase("concurrency", options, ["expiresAfter"], "inflight");
  const { expiresAfter = defaultExpiresAfterMs } = options;
  const expiresAfterMs = durationMs(expiresAfter, `limit "${base.name}": expiresAfter`);
  return { ...base, algorithm: "concurrency", expiresAfterMs };
}
