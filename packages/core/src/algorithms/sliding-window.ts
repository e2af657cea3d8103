import { durationMs, type Duration } from "../duration.ts";
import {
  expiryRules,
  limitBase,
  type LimitBase,
  type LimitOptions,
  type OnExpiry,
} from "../limit-options.ts";
import { fail } from "../options.ts";

/** Options of `slidingWindow()`. */
export interface SlidingWindowOptions extends LimitOptions {
  /** The length of the window. */
  readonly window: Duration;
  /**
   * Charges that fall in one slot of this many milliseconds share an entry and leave together, at the slot's end, so that
   * rounding can only refuse early. Default: 1 up to a window of one minute, a 60,000th of the window beyond.
   */
  readonly precisionMs?: number;
  /**
   * What a lease that expires unsettled is charged. Default: `"charge-used"`; for `"requests"`, which are used up the
   * moment they are admitted, `"charge-estimate"`.
   */
  readonly onExpiry?: OnExpiry;
}

/** A limit on what is spent in any window of `windowMs`. */
export interface SlidingWindowLimit extends LimitBase {
  readonly algorithm: "sliding-window";
  readonly windowMs: number;
  readonly precisionMs: number;
  readonly onExpiry: OnExpiry;
}

/**
 * An exact sliding window: a cost `c` is allowed at `t` if and only if `c` and all that was charged in `(t − window, t]`
 * stay within `limit`. Throws `invalid-option`.
 */
export function slidingWindow(options: SlidingWindowOptions): SlidingWindowLimit {
  const base = limitBase(
    "slidingWindow",
    options,
    ["window", "precisionMs", "onExpiry"],
    "requests",
  );
  const windowMs = durationMs(options.window, `limit "${base.name}": window`);
  const { precisionMs = Math.max(1, Math.ceil(windowMs / 60_000)) } = options;
  if (!Number.isInteger(precisionMs) || precisionMs < 1 || precisionMs > windowMs) {
    fail(
      `limit "${base.name}": precisionMs`,
      "an integer of milliseconds from 1 to the window",
      precisionMs,
    );
  }
  const { onExpiry = base.unit === "requests" ? "charge-estimate" : "charge-used" } = options;
  if (!expiryRules.has(onExpiry)) {
    fail(
      `limit "${base.name}": onExpiry`,
      '"charge-used", "charge-estimate" or "refund"',
      onExpiry,
    );
  }
  return { ...base, algorithm: "sliding-window", windowMs, precisionMs, onExpiry };
}

/** When a charge made at `now` leaves the window: counted from the end of its slot. */
export function leavesAtMs(now: number, windowMs: number, precisionMs: number): number {
  // The remainder is negative before the epoch of the clock.
  const intoSlot = ((now % precisionMs) + precisionMs) % precisionMs;
  return now - intoSlot + precisionMs - 1 + windowMs;
}
