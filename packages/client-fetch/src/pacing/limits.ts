import { by, tokenBucket, type TokenBucketLimit } from "@sluice/core";

import type { Allowance } from "../hints/hint.ts";

/** What a provider counts. */
export type Unit = Allowance["unit"];

/** A limit of the provider, as far as it is known. */
export interface KnownLimit {
  readonly unit: Unit;
  readonly windowMs: number;
  readonly limit: number;
}

/** A limit as it is kept: below the provider's. */
export interface PacedLimit {
  readonly unit: Unit;
  readonly windowMs: number;
  /** Units that come back in a millisecond. */
  readonly perMs: number;
  /** Whether calls are spread over its window, but for a burst, and not let through as they come until it is spent. */
  readonly isEven: boolean;
  /** The most at once. */
  readonly capacity: number;
  /** The same for each class: what is guaranteed to others is left for them. */
  readonly capacities: readonly number[];
  readonly core: TokenBucketLimit;
}

/** How limits are kept. */
export interface PaceRules {
  readonly requestsBurstMs: number;
  readonly tokensBurstMs: number;
  /** Of each class, the part of a burst that it may draw on. */
  readonly classes: readonly { readonly name: string; readonly part: number }[];
}

const hourMs = 3_600_000;
const fewRequests = 16;
const manyRequests = 1_000_000;

/** Of a lane whose limits are not known: never reached, but it can be blocked. */
export function openLimit(rules: PaceRules): PacedLimit {
  return paced("requests", 1_000, "open", manyRequests, manyRequests, rules);
}

/**
 * The bucket that holds a lane to `used` units in a window. An allowance of an hour or more may be used as it comes, all others evenly but for
 * a burst.
 */
export function pacedLimit(
  unit: Unit,
  windowMs: number,
  used: number,
  rules: PaceRules,
): PacedLimit {
  return paced(
    unit,
    windowMs,
    `${unit}-${windowMs}`,
    used,
    burstOf(unit, windowMs, used, rules),
    rules,
  );
}

function burstOf(
  unit: Unit,
  windowMs: number,
  used: number,
  { requestsBurstMs, tokensBurstMs }: PaceRules,
): number {
  if (windowMs >= hourMs) return used;
  if (unit !== "requests") return (used / windowMs) * tokensBurstMs;
  // A small limit has room for a few at once, or whoever waits for an answer would wait for others' calls first.
  const least = requestsBurstMs > 0 ? Math.min(fewRequests, used * 0.15) : 0;
  return Math.max(least, (used / windowMs) * requestsBurstMs);
}

function paced(
  unit: Unit,
  windowMs: number,
  name: string,
  used: number,
  burst: number,
  { classes }: PaceRules,
): PacedLimit {
  // In hundredths where whole units would round too much away.
  const scale = used < 1_000 ? 100 : 1;
  const refill = Math.max(1, Math.floor(used * scale));
  const everyMs = windowMs * scale;
  // Without room for one more, each call would lose what it comes too late: timers are late by up to a millisecond.
  const least = used >= windowMs / 500 ? 2 : 1;
  const capacities = classes.map(({ part }) => Math.max(least, Math.floor(burst * part)));
  const table = Object.fromEntries(classes.map((each, index) => [each.name, capacities[index]!]));
  const capacity = Math.max(...capacities);
  const core = tokenBucket({
    name,
    unit,
    per: ["lane"],
    capacity: by("class", table, capacity),
    refill,
    every: everyMs,
  });
  const perMs = refill / everyMs;
  return { unit, windowMs, perMs, isEven: windowMs < hourMs, capacity, capacities, core };
}
