import { SluiceError, type Terms } from "@sluice/core";

/** How a process takes its share of a limit. */
export interface Share {
  /**
   * The most units that are taken at once, unless one request costs more; fewer where less is used, or less is left. Up to 8 times as many
   * where what was taken is used up in a sixteenth of its lifetime.
   */
  readonly slice: number;
  /**
   * Milliseconds within which a slice is used; what is unused then goes back. At least 10, and at most a sliding window. The same
   * in every process: what one has taken is counted for so much longer by all. What can be used of a sliding window is at most
   * `window / (window + ttl)` of it.
   */
  readonly ttlMs: number;
}

/** A limit's terms, and those by which the slices of it are taken. */
export interface Rule {
  readonly terms: Terms;
  readonly shared: Terms;
  readonly slice: number;
  /** By the local clock, from before a slice was asked for: a little less than `ttlMs`, for clocks that run apart. */
  readonly lifeMs: number;
  /** After this long it makes no difference how a slice was settled. */
  readonly leaseMs: number;
}

/** What a shared limit guarantees, and what it costs. */
export interface ShareBound {
  readonly limit: string;
  /** What may be admitted above the limit, by any number of processes, also when some die or hang. Always 0. */
  readonly overGrant: 0;
  /** The most that can be used of the limit, from 0 to 1. */
  readonly usable: number;
  /** The most that one process holds unused, but for a request that costs more. */
  readonly heldUnused: number;
  /** What is unused goes back this long after the last use. */
  readonly idleReturnMs: number;
  /** What a dead process held counts as used for this long after it was taken; `Infinity`: until the period ends. */
  readonly deadReturnMs: number;
  /** How late a block, a reset or a refund by another process may be seen here. */
  readonly seenAfterMs: number;
  readonly because: string;
}

/** What a process has taken and does not use goes back after this long, and the time of one sweep. */
export const idleMs = 500;
export const sweepMs = 250;
/** Slices that one refill takes at most, and refills' worth that are open at one time. */
export const mostSlices = 8;
const longestLateSettleMs = 600_000;

/**
 * The terms under which slices of a limit are taken: a count of their own, which no limit can have, as no name holds a tilde. A
 * slice is reserved there as a lease, used until `life < ttl` after it was *asked* for, so at server times from `s`, when it was
 * charged, to before `s + ttl`; then it is used no more, and settled at what was used.
 *
 * Why no window of length W ever holds more than the capacity C of a sliding window: take any `t`, and the last `s'` at or
 * before `t` at which a slice was charged. All that was granted in `(t − W, t]` came from slices charged in
 * `(t − W − ttl, s']`. With a window of `W + ttl` the server counted every one of them at `s'`, each at no less than what was used
 * of it in the end (a slice is settled after its last use, in the slot where it was charged), and admitted that of `s'` only
 * because the sum was at most C. A process that dies or hangs leaves its slice charged in full until `s + W + ttl`.
 *
 * Token bucket: in any time `d` the server lets slices through of at most `capacity' + refill × d / every`. What is granted in `d`
 * comes from slices charged in `d + ttl`; with `capacity' = capacity − refill × ttl / every`, rounded down, that is at
 * most `capacity + refill × d / every`. A refund is never more than what is left of the slice's own charge.
 *
 * Fixed window: a slice ends with the period that it was charged in, so that all that is granted in a period is charged in it.
 *
 * Concurrency counts leases, each with a deadline of its own, and cannot be shared. Throws `invalid-option`.
 */
export function createRule(terms: Terms, { slice, ttlMs }: Share): Rule {
  const shared = sharedTerms(terms, ttlMs);
  return {
    terms,
    shared,
    slice: Math.min(slice, shared.capacity),
    // One millisecond for times that are rounded down, a thousandth for clocks that run apart.
    lifeMs: ttlMs - 1 - Math.ceil(ttlMs / 1_000),
    leaseMs: ttlMs + Math.min(terms.windowMs || Infinity, longestLateSettleMs),
  };
}

/** The name of the limit whose terms these are. */
export function nameOf({ scope }: Terms): string {
  const end = scope.indexOf("|");
  return end < 0 ? scope : scope.slice(0, end);
}

function sharedTerms(terms: Terms, ttlMs: number): Terms {
  const name = nameOf(terms);
  const at = `shares: limit "${name}":`;
  const scope = `${name}~shared${terms.scope.slice(name.length)}`;
  const common: Terms = { ...terms, scope, onExpiry: "charge-estimate" };
  switch (terms.algorithm) {
    case "sliding-window":
      if (ttlMs > terms.windowMs) {
        fail(`${at} ttl must be at most the window of ${terms.windowMs} ms, got ${ttlMs} ms`);
      }
      return { ...common, windowMs: terms.windowMs + ttlMs };
    case "token-bucket": {
      const capacity = terms.capacity - Math.ceil((terms.refill * ttlMs) / terms.everyMs);
      if (capacity < 1) {
        fail(
          `${at} ttl must be less than the ${terms.capacity} units take to refill, got ${ttlMs} ms`,
        );
      }
      return { ...common, capacity };
    }
    case "fixed-window":
      return common;
    case "concurrency":
      return fail(`${at} is of places in flight, which cannot be shared`);
  }
}

/** What sharing a limit of these terms guarantees. Throws `invalid-option` where it cannot be shared. */
export function shareBound(terms: Terms, share: Share): ShareBound {
  const { shared, slice } = createRule(terms, share);
  const { ttlMs } = share;
  const isWindow = terms.algorithm === "sliding-window";
  const isBucket = terms.algorithm === "token-bucket";
  const refillMs = Math.ceil((slice * terms.everyMs) / (terms.refill || 1));
  return {
    limit: nameOf(terms),
    overGrant: 0,
    usable: isWindow
      ? terms.windowMs / shared.windowMs
      : shared.capacity / Math.max(1, terms.capacity),
    heldUnused: slice * mostSlices * 2,
    idleReturnMs: idleMs + sweepMs,
    deadReturnMs: isWindow ? shared.windowMs : isBucket ? refillMs : Infinity,
    seenAfterMs: ttlMs,
    because: isWindow
      ? "a slice counts for the window and its lifetime"
      : isBucket
        ? "the capacity is less by what is refilled in a slice's lifetime"
        : "a slice ends with its period",
  };
}

function fail(message: string): never {
  throw new SluiceError("invalid-option", message);
}
