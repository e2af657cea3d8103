import { type BySubject, mapChoice } from "../choice.ts";
import { durationMs, type Duration } from "../duration.ts";
import {
  amounts,
  expiryRule,
  limitBase,
  type LimitBase,
  type LimitOptions,
  terms,
  termsBySubject,
} from "../limit-options.ts";
import { fail } from "../options.ts";
import type { OnExpiry } from "../store/store.ts";

/** Options of `slidingWindow()`. */
export interface SlidingWindowOptions extends LimitOptions {
  /** The most that may be spent in any window, in `unit`. */
  readonly limit: BySubject<number>;
  /** The length of the window. */
  readonly window: BySubject<Duration>;
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
  readonly windowMs: BySubject<number>;
}

/**
 * An exact sliding window: a cost `c` is allowed at `t` if and only if `c` and all that was charged in `(t − window, t]`
 * stay within `limit`. Throws `invalid-option`.
 */
export function slidingWindow(options: SlidingWindowOptions): SlidingWindowLimit {
  const own = ["limit", "window", "precisionMs", "onExpiry"];
  const { at, scope, ...base } = limitBase("sliding-window", options, own);
  const { algorithm, name, unit } = base;
  const capacity = amounts(options.limit, `${at} limit`);
  const windowMs = mapChoice(options.window, `${at} window`, durationMs);
  const onExpiry = expiryRule(options.onExpiry, unit, at);
  return Object.freeze({
    ...base,
    capacity,
    windowMs,
    termsFor: termsBySubject(name, capacity, windowMs, (most, window) => {
      const { precisionMs = Math.max(1, Math.ceil(window / 60_000)) } = options;
      if (!Number.isInteger(precisionMs) || precisionMs < 1 || precisionMs > window) {
        const expected = "an integer of milliseconds from 1 to the window";
        fail(`${at} precisionMs`, expected, precisionMs);
      }
      return terms({ scope, algorithm, capacity: most, windowMs: window, precisionMs, onExpiry });
    }),
  });
}
