import { isPromise } from "./answer.ts";
import { amountOf, checkCost, type Cost } from "./cost.ts";
import type { Limit } from "./limit.ts";
import { fail } from "./options.ts";
import type { Answer, ChargeOutcome, Claim, Settlement, Store } from "./store/store.ts";

/** What one limit charges. */
export interface LimitCharge {
  readonly limit: Limit;
  /** What the lease is charged now, in the limit's unit; what `penalize` charged, or `reward` gave back. */
  readonly charged: number;
  /** By how much all that is charged for this subject is above the limit now. */
  readonly overage: number;
}

/** What was charged: by a lease after it was extended or settled, by `penalize`, or given back by `reward`. */
export interface Charge {
  /** False when the lease had ended or is no longer remembered, or the store has no room for one more count: nothing changed. */
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
   * Replaces the estimate by what was really used and ends the lease. A unit that is not named, or all of them where `actual` is
   * `"unknown"` or left out, is charged what `extend` reported, or its estimate when nothing was. Also counts, once, after the
   * lease expired. Throws `invalid-cost`.
   */
  settle(actual?: Cost | "unknown"): Answer<S, Charge>;
  /** Ends the lease of work that was not done: gives back all but what `extend` reported, and the id with it if that is all. */
  release(): Answer<S, Charge>;
  /** Ends the lease as if it expired now, unless it has ended. */
  [Symbol.dispose](): void;
  /** Ends the lease as if it expired now, unless it has ended. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The part of an `AbortSignal` that a lease needs. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Throws `invalid-option` unless `signal` can tell that it aborts. */
export function checkSignal(signal: Signal): void {
  const isSignal = typeof signal === "object" && signal !== null && "aborted" in signal;
  if (isSignal && typeof signal.addEventListener === "function") return;
  fail("reserve: signal", "an AbortSignal", signal);
}

/** What a lease asks of a store. */
export type LeaseStore = Pick<Store, "extend" | "settle">;

/** What a lease has of the limiter that reserved it. */
export interface LeaseContext<S extends Store> {
  readonly store: LeaseStore;
  readonly limits: readonly Limit[];
  /** One for each of `limits`, as reserved. */
  readonly claims: readonly Claim[];
  /** What the store knows the lease by. */
  readonly storedId: string;
  readonly signal: Signal | undefined;
  /** Asks the store; `ended` is the id of a lease that this is the end of. */
  readonly ask: (
    question: () => ChargeOutcome | Promise<ChargeOutcome>,
    ended?: string,
  ) => Answer<S, Charge>;
}

/** Says nothing of any unit. */
const unsaid: Cost = Object.freeze({});

/** The lease `id`. */
export function leaseOf<S extends Store>(id: string, context: LeaseContext<S>): Lease<S> {
  const { store, limits, claims, storedId, signal, ask } = context;
  const amountsOf = (cost: Cost): (number | undefined)[] => {
    if (cost === unsaid) return limits.map(() => undefined);
    checkCost(cost);
    return limits.map(({ unit }) => amountOf(cost, unit));
  };
  const end = (actual: Cost, unreported: Settlement["unreported"]): Answer<S, Charge> => {
    const settlement = { id: storedId, amounts: amountsOf(actual), unreported };
    return ask(() => {
      const answer = store.settle(claims, settlement);
      signal?.removeEventListener("abort", expire);
      return answer;
    }, id);
  };
  const expire = (): void => {
    // Nobody waits for it, and a lease that could not be ended expires by the same rule.
    try {
      const charge: Charge | Promise<Charge> = end(unsaid, "expiry");
      if (isPromise(charge)) charge.catch(() => {});
    } catch {}
  };
  signal?.addEventListener("abort", expire);
  // It may have aborted while the store was at work.
  if (signal?.aborted) expire();
  const verbs = {
    id,
    extend(used: Cost): Answer<S, Charge> {
      const extension = { id: storedId, amounts: amountsOf(used) };
      return ask(() => store.extend(claims, extension));
    },
    settle: (actual: Cost | "unknown" = "unknown"): Answer<S, Charge> =>
      end(actual === "unknown" ? unsaid : actual, "estimate"),
    release: (): Answer<S, Charge> => end(unsaid, "nothing"),
  };
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- whole two lines below
  const lease = verbs as Lease<S>;
  // Not in the literal: there, computed names cost as much as a decision.
  lease[Symbol.dispose] = expire;
  lease[Symbol.asyncDispose] = async () => {
    await end(unsaid, "expiry");
  };
  return lease;
}

/** What `outcome` charges under `limits`. */
export function chargeOf(limits: readonly Limit[], outcome: ChargeOutcome): Charge {
  const { applied, atMs, states } = outcome;
  if (!applied) return { applied, holds: false, limits: [], atMs };
  let holds = true;
  const charges: LimitCharge[] = [];
  for (let index = 0; index < limits.length; index++) {
    const overage = states[index * 2 + 1]!;
    if (overage !== 0) holds = false;
    charges.push({ limit: limits[index]!, charged: states[index * 2]!, overage });
  }
  return { applied, holds, limits: charges, atMs };
}
