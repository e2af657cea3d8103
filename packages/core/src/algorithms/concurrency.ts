import type { BySubject } from "../choice.ts";
import { durationMs, type Duration } from "../duration.ts";
import {
  amounts,
  limitBase,
  type LimitBase,
  type LimitOptions,
  terms,
  termsBySubject,
} from "../limit-options.ts";

/** Options of `concurrency()`. */
export interface ConcurrencyOptions extends LimitOptions {
  /** The most that leases may hold at one time, in `unit`. */
  readonly limit: BySubject<number>;
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
  const { at, scope, ...base } = limitBase(
    "concurrency",
    options,
    ["limit", "expiresAfter"],
    "inflight",
  );
  const { algorithm, name } = base;
  const capacity = amounts(options.limit, `${at} limit`);
  const { expiresAfter = defaultExpiresAfterMs } = options;
  return Object.freeze({
    ...base,
    capacity,
    expiresAfterMs: durationMs(expiresAfter, `${at} expiresAfter`),
    termsFor: termsBySubject(name, capacity, 0, (most) =>
      terms({ scope, algorithm, capacity: most, onExpiry: "refund" }),
    ),
  });
}
