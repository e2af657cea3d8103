import { isPromise, whenAnswered } from "./answer.ts";
import { amountOf, checkCost, type Cost } from "./cost.ts";
import type { Limit } from "./limit.ts";
import type { Answer, ChargeOutcome, Claim, Settlement, Store } from "./store/store.ts";

/** What one limit charges a lease. */
export interface LimitCharge {
  readonly limit: Limit;
  /** What the lease is charged now, in the limit's unit. */
  readonly charged: number;
  /** By how much all that is charged for this subject is above the limit now. */
  readonly overage: number;
}

/** What a lease costs after it was extended or settled. */
export interface Charge {
  /** False when the lease had ended or is no longer remembered: nothing changed. */
  readonly applied: boolean;
  /** Whether every limit still holds: false once use beyond the estimate has taken one over, and when nothing was applied. */
  readonly holds: boolean;
  /** One for each limit, in the limiter's order; empty when nothing was applied. */
  readonly limits: readonly LimitCharge[];
  /** When, by the store's clock, in milliseconds. */
  readonly atMs: number;
}

/**
 * What an allowed request holds until it is settled. It expires unless it is extended or settled in time, and is then
 * charged by each limit's `onExpiry`. Ending it twice, late or out of order is harmless.
 */
export interface Lease<S extends Store> {
  /** The caller's id, or one that was made up. */
  readonly id: string;
  /**
   * Reports usage since the last report, and that the holder is alive. What goes beyond the estimate is charged as well;
   * `holds` says whether the limits bear it. After the deadline it is still charged, but the lease does not come back: its place
   * in flight is gone. Throws `invalid-cost`.
   */
  extend(used: Cost): Answer<S, Charge>;
  /**
   * Replaces the estimate by what was really used and ends the lease. A unit that is not named is charged what `extend`
   * reported, or its estimate when nothing was. Also counts, once, after the lease expired. Throws `invalid-cost`.
   */
  settle(actual?: Cost): Answer<S, Charge>;
  /** Ends the lease of work that was not done: gives back all but what `extend` reported, and the id with it if that is all. */
  release(): Answer<S, Charge>;
  /** Ends the lease as if it expired now, unless it has ended. */
  [Symbol.dispose](): void;
  /** Ends the lease as if it expired now, unless it has ended. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The lease `id` on `claims`, one for each of `limits`, known to `store` as `storedId`. */
export function leaseOf<S extends Store>(
  store: S,
  limits: readonly Limit[],
  claims: readonly Claim[],
  id: string,
  storedId: string,
): Lease<S> {
  const amountsOf = (cost: Cost): (number | undefined)[] => {
    checkCost(cost);
    return limits.map(({ unit }) => amountOf(cost, unit));
  };
  const toCharge = (outcome: ChargeOutcome): Charge => chargeOf(limits, outcome);
  const end = (actual: Cost, unreported: Settlement["unreported"]): Answer<S, Charge> =>
    whenAnswered<S, ChargeOutcome, Charge>(
      store.settle(claims, { id: storedId, amounts: amountsOf(actual), unreported }),
      toCharge,
    );
  return {
    id,
    extend: (used) =>
      whenAnswered<S, ChargeOutcome, Charge>(
        store.extend(claims, { id: storedId, amounts: amountsOf(used) }),
        toCharge,
      ),
    settle: (actual = {}) => end(actual, "estimate"),
    release: () => end({}, "nothing"),
    [Symbol.dispose]() {
      const ended: Charge | Promise<Charge> = end({}, "expiry");
      // Nobody waits for it, and a lease that could not be ended expires by the same rule.
      if (isPromise(ended)) ended.catch(() => {});
    },
    async [Symbol.asyncDispose]() {
      await end({}, "expiry");
    },
  };
}

function chargeOf(limits: readonly Limit[], { applied, atMs, claims }: ChargeOutcome): Charge {
  const charges = claims.map(({ charged, overage }, index) => ({
    limit: limits[index]!,
    charged,
    overage,
  }));
  return {
    applied,
    holds: applied && charges.every(({ overage }) => overage === 0),
    limits: charges,
    atMs,
  };
}

/**
 * One lease out of two that the same request holds: what is done with it is done with both, so that usage reaches every limit.
 * Its id is that of `second`.
 */
export function joinLeases(first: Lease<Store>, second: Lease<Store>): Lease<Store> {
  const both = (
    act: (lease: Lease<Store>) => Charge | Promise<Charge>,
  ): Charge | Promise<Charge> => {
    const one = act(first);
    let other: Charge | Promise<Charge>;
    try {
      other = act(second);
    } catch (error) {
      // The other's failure is what is told.
      if (isPromise(one)) one.catch(() => {});
      throw error;
    }
    if (!isPromise(one) && !isPromise(other)) return joinCharges([one, other]);
    return Promise.all([one, other]).then(joinCharges);
  };
  return {
    id: second.id,
    extend: (used) => both((lease) => lease.extend(used)),
    settle: (actual) => both((lease) => lease.settle(actual)),
    release: () => both((lease) => lease.release()),
    [Symbol.dispose]() {
      try {
        first[Symbol.dispose]();
      } finally {
        second[Symbol.dispose]();
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
    },
  };
}

function joinCharges([one, other]: readonly [Charge, Charge]): Charge {
  return {
    applied: one.applied && other.applied,
    holds: one.holds && other.holds,
    limits: [...one.limits, ...other.limits],
    atMs: Math.max(one.atMs, other.atMs),
  };
}
