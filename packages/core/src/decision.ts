import type { Limit } from "./limit.ts";
import type { Claim, ClaimState, Outcome } from "./store/store.ts";

/** How one limit stands after a decision, for the subject that asked. */
export interface LimitState {
  /** The limit, as it was made. */
  readonly limit: Limit;
  /** What the request spends, or asked to spend, in the limit's unit. */
  readonly cost: number;
  /** Charged now, this request included if it was allowed. */
  readonly used: number;
  /** What may still be spent now, at least 0. */
  readonly remaining: number;
  /** Until the oldest charge leaves; 0 when nothing is charged. */
  readonly freesAfterMs: number;
  /** Whether this limit would have refused the request by itself. */
  readonly violated: boolean;
}

interface DecisionBase {
  /** When it was made, by the store's clock, in milliseconds. */
  readonly atMs: number;
  /** One for each limit, in the limiter's order. */
  readonly limits: readonly LimitState[];
}

/** The request may go on, and has been charged. */
export interface Allowed extends DecisionBase {
  readonly allowed: true;
  /** True for an id that was allowed before: the same decision, charged once. */
  readonly replayed: boolean;
}

/** The request may not go on; nothing was charged, in any limit. */
export type Refused = OverLimit | NeverFits | StoreUnavailable;

/** Waiting helps: with no other traffic the request is allowed after `retryAfterMs`, and not a millisecond sooner. */
export interface OverLimit extends DecisionBase {
  readonly allowed: false;
  readonly reason: "over-limit";
  /** The name of the limit that has to be waited for longest. */
  readonly limitedBy: string;
  readonly retryAfterMs: number;
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
  const { atMs, verdict, replayed } = outcome;
  const states = limits.map((limit, index) =>
    limitState(limit, claims[index]!, outcome.claims[index]!),
  );
  if (verdict === "allowed") return { allowed: true, replayed, atMs, limits: states };
  if (verdict === "full") {
    return {
      allowed: false,
      reason: "store-unavailable",
      limitedBy: undefined,
      retryAfterMs: undefined,
      atMs,
      limits: states,
    };
  }
  let longest = 0;
  for (let index = 1; index < limits.length; index++) {
    if (outcome.claims[index]!.retryAfterMs > outcome.claims[longest]!.retryAfterMs) {
      longest = index;
    }
  }
  const limitedBy = limits[longest]!.name;
  const { retryAfterMs } = outcome.claims[longest]!;
  return retryAfterMs === Infinity
    ? {
        allowed: false,
        reason: "never-fits",
        limitedBy,
        retryAfterMs: undefined,
        atMs,
        limits: states,
      }
    : { allowed: false, reason: "over-limit", limitedBy, retryAfterMs, atMs, limits: states };
}

function limitState(limit: Limit, claim: Claim, state: ClaimState): LimitState {
  return {
    limit,
    cost: claim.cost,
    used: state.used,
    remaining: Math.max(0, claim.capacity - state.used),
    freesAfterMs: state.freesAfterMs,
    violated: state.retryAfterMs > 0,
  };
}
