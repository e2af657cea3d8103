import type { Limit } from "./limit.ts";
import type { Claim, Degraded, Outcome, Terms } from "./store/store.ts";

/** How one limit stands after a decision, for the subject that asked. */
export interface LimitState {
  /** The limit, as it was made. */
  readonly limit: Limit;
  /** Its numbers for this subject. */
  readonly terms: Terms;
  /** What the request spends, or asked to spend, in the limit's unit. */
  readonly cost: number;
  /** Charged now, this request included if it was allowed. */
  readonly used: number;
  /** What may still be spent now, at least 0. */
  readonly remaining: number;
  /** Until the oldest charge leaves, or a token bucket has one unit more; 0 when nothing is charged. */
  readonly freesAfterMs: number;
  /** Until this limit alone would allow the request: 0 when it does now, `Infinity` when it never will. */
  readonly retryAfterMs: number;
  /** Until a block ends; 0 without one. */
  readonly blockedForMs: number;
  /** Whether this limit would have refused the request by itself. */
  readonly violated: boolean;
}

interface DecisionBase {
  /** When it was made, by the store's clock, in milliseconds. */
  readonly atMs: number;
  /** One for each limit, in the limiter's order. */
  readonly limits: readonly LimitState[];
  /** How it was made while the store could not make it; `undefined` when it is the store's own. */
  readonly degraded: Degraded | undefined;
}

/** The request may go on, and has been charged. */
export interface Allowed extends DecisionBase {
  readonly allowed: true;
  /** True for an id that was allowed before: the same decision, charged once. */
  readonly replayed: boolean;
  /** From a limiter that only observes: the refusal that it did not enforce. Nothing was charged then. */
  readonly unenforced: Refused | undefined;
}

/** The request may not go on; nothing was charged, in any limit. */
export type Refused = OverLimit | Blocked | NeverFits | StoreUnavailable;

interface RefusedFor extends DecisionBase {
  readonly allowed: false;
  /** The name of the limit that has to be waited for longest; for a block, of one that is blocked. */
  readonly limitedBy: string;
  readonly retryAfterMs: number;
}

/** Waiting helps: with no other traffic the request is allowed after `retryAfterMs`, and not a millisecond sooner. */
export interface OverLimit extends RefusedFor {
  readonly reason: "over-limit";
}

/** `block()` has shut the subject out; once `retryAfterMs` has passed it would be allowed, with no other traffic. */
export interface Blocked extends RefusedFor {
  readonly reason: "blocked";
}

/** Waiting never helps: the cost is above the capacity. */
export interface NeverFits extends DecisionBase {
  readonly allowed: false;
  readonly reason: "never-fits";
  /** The name of the first limit whose capacity is too small. */
  readonly limitedBy: string;
  readonly retryAfterMs: undefined;
}

/** The store could not decide, or has no room for one more count or lease. */
export interface StoreUnavailable extends DecisionBase {
  readonly allowed: false;
  readonly reason: "store-unavailable";
  readonly limitedBy: undefined;
  readonly retryAfterMs: undefined;
}

/** The answer to a request. A refusal is a value, never thrown. */
export type Decision = Allowed | Refused;

/** The decision that `outcome`, on one claim for each of `limits`, comes to. */
export function decide(
  limits: readonly Limit[],
  claims: readonly Claim[],
  outcome: Outcome,
): Decision {
  const { atMs, verdict, degraded } = outcome;
  // Made with its first element: an array that begins empty takes room for many.
  const asked = [stateOf(limits[0]!, claims[0]!, outcome, 0)];
  for (let index = 1; index < claims.length; index++) {
    asked.push(stateOf(limits[index]!, claims[index]!, outcome, index * 4));
  }
  if (verdict === "allowed") {
    const { replayed } = outcome;
    return { allowed: true, replayed, unenforced: undefined, atMs, limits: asked, degraded };
  }
  return refusal(verdict, atMs, asked, degraded);
}

function stateOf(
  limit: Limit,
  { terms, cost }: Claim,
  { verdict, states }: Outcome,
  at: number,
): LimitState {
  const used = whole(states[at]!);
  const retryAfterMs = whole(states[at + 1]!);
  return {
    limit,
    terms,
    cost,
    used,
    remaining: used < terms.capacity ? terms.capacity - used : 0,
    freesAfterMs: whole(states[at + 2]!),
    retryAfterMs,
    blockedForMs: whole(states[at + 3]!),
    violated: verdict !== "allowed" && retryAfterMs > 0,
  };
}

/** The same number, as the small integer that it mostly is: others are objects of their own to the engine. */
function whole(value: number): number {
  const small = value | 0;
  return small === value ? small : value;
}

function refusal(
  verdict: "refused" | "blocked" | "full",
  atMs: number,
  limits: readonly LimitState[],
  degraded: Degraded | undefined,
): Refused {
  if (verdict === "full") {
    return {
      allowed: false,
      reason: "store-unavailable",
      limitedBy: undefined,
      retryAfterMs: undefined,
      atMs,
      limits,
      degraded,
    };
  }
  // The first of those that have to be waited for longest.
  let slowest = limits[0]!;
  let shut = slowest;
  for (let index = 1; index < limits.length; index++) {
    const state = limits[index]!;
    if (state.retryAfterMs > slowest.retryAfterMs) slowest = state;
    if (state.blockedForMs > shut.blockedForMs) shut = state;
  }
  const { retryAfterMs } = slowest;
  const limitedBy = slowest.limit.name;
  if (retryAfterMs === Infinity) {
    return {
      allowed: false,
      reason: "never-fits",
      limitedBy,
      retryAfterMs: undefined,
      atMs,
      limits,
      degraded,
    };
  }
  return verdict === "blocked"
    ? {
        allowed: false,
        reason: "blocked",
        limitedBy: shut.limit.name,
        retryAfterMs,
        atMs,
        limits,
        degraded,
      }
    : { allowed: false, reason: "over-limit", limitedBy, retryAfterMs, atMs, limits, degraded };
}
