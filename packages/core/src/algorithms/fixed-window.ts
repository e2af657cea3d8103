import type { BySubject } from "../choice.ts";
import {
  amounts,
  expiryRule,
  limitBase,
  type LimitBase,
  type LimitOptions,
  terms,
  termsBySubject,
} from "../limit-options.ts";
import type { OnExpiry } from "../store/store.ts";
import { calendar, type Period } from "./calendar.ts";

/** Options of `fixedWindow()`. */
export interface FixedWindowOptions extends LimitOptions {
  /** The most that may be spent in one period, in `unit`. */
  readonly limit: BySubject<number>;
  /** A day, a week from Monday, or a month of the calendar. */
  readonly window: Period;
  /** By whose clock and calendar, as `"Europe/Berlin"`, with its changes between summer and winter. Default: `"UTC"`. */
  readonly timeZone?: string;
  /** What a lease that expires unsettled is charged. Default: `"charge-used"`; for `"requests"`, `"charge-estimate"`. */
  readonly onExpiry?: OnExpiry;
}

/** A limit on what is spent in a day, a week or a month of the calendar. */
export interface FixedWindowLimit extends LimitBase {
  readonly algorithm: "fixed-window";
  readonly window: Period;
  readonly timeZone: string;
}

/**
 * A budget that begins anew at each midnight, Monday or first of the month. The store's clock must tell milliseconds since
 * 1970, as `Date.now` does. Throws `invalid-option`.
 */
export function fixedWindow(options: FixedWindowOptions): FixedWindowLimit {
  const own = ["limit", "window", "timeZone", "onExpiry"];
  const { at, scope, ...base } = limitBase("fixed-window", options, own);
  const { algorithm, name, unit } = base;
  const capacity = amounts(options.limit, `${at} limit`);
  const { window, timeZone = "UTC" } = options;
  const periodEndMs = calendar(window, timeZone, at);
  const onExpiry = expiryRule(options.onExpiry, unit, at);
  return Object.freeze({
    ...base,
    capacity,
    window,
    timeZone,
    termsFor: termsBySubject(name, capacity, 0, (most) =>
      terms({ scope, algorithm, capacity: most, periodEndMs, onExpiry }),
    ),
  });
}
