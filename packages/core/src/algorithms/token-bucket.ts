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
import { fail } from "../options.ts";

/** Options of `tokenBucket()`. */
export interface TokenBucketOptions extends LimitOptions {
  /** The most that may be spent at once, in `unit`. */
  readonly capacity: BySubject<number>;
  /** How much comes back in every `every`, evenly: at least 1. */
  readonly refill: BySubject<number>;
  readonly every: Duration;
}

/** A limit on a burst, and on the rate beyond it. */
export interface TokenBucketLimit extends LimitBase {
  readonly algorithm: "token-bucket";
  readonly refill: BySubject<number>;
  readonly everyMs: number;
}

/**
 * A token bucket: in any time `d` no more than `capacity + refill × d / every` is spent. Counted as the generic cell rate
 * algorithm does (ITU-T I.371), by one level that drains, in fractions that are whole numbers. A lease that expires is charged its
 * estimate: what it held has drained, or soon will have. Throws `invalid-option`.
 */
export function tokenBucket(options: TokenBucketOptions): TokenBucketLimit {
  const own = ["capacity", "refill", "every"];
  const { at, scope, ...base } = limitBase("token-bucket", options, own);
  const { algorithm, name } = base;
  const capacity = amounts(options.capacity, `${at} capacity`);
  const refill = amounts(options.refill, `${at} refill`);
  const everyMs = durationMs(options.every, `${at} every`);
  return Object.freeze({
    ...base,
    capacity,
    refill,
    everyMs,
    termsFor: termsBySubject(name, capacity, refill, (most, back) => {
      if (back === 0) fail(`${at} refill`, "at least 1", back);
      const divisor = greatestCommonDivisor(back, everyMs);
      const lowest = { refill: back / divisor, everyMs: everyMs / divisor };
      if (most * lowest.everyMs > Number.MAX_SAFE_INTEGER) {
        const expected = `at most ${Number.MAX_SAFE_INTEGER} when multiplied by the milliseconds for a whole part of the refill, ${lowest.everyMs}`;
        fail(`${at} capacity`, expected, most);
      }
      return terms({ scope, algorithm, capacity: most, ...lowest, onExpiry: "charge-estimate" });
    }),
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
