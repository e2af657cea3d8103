import { atOnce, isPromise, whenAnswered } from "./answer.ts";
import { type Cost, oneRequest } from "./cost.ts";
import type { Allowed, Decision, Refused } from "./decision.ts";
import { type Duration, durationMs } from "./duration.ts";
import { checkedId, scopedId } from "./id.ts";
import {
  areLasting,
  LateReservation,
  type Spender,
  spenderOf,
  storeOfReceipt,
} from "./late-reservation.ts";
import {
  type Charge,
  checkSignal,
  type Lease,
  leaseOf,
  type LeaseStore,
  type Signal,
} from "./lease.ts";
import type { Limit } from "./limit.ts";
import { claimsOf, expiresAfterMsOf } from "./limits.ts";
import { checkOptions } from "./options.ts";
import type { Answer, ChargeOutcome, Claim, Outcome, Store } from "./store/store.ts";
import type { Subject } from "./subject.ts";

/** Options of `limiter.reserve()`. */
export interface ReserveOptions {
  /**
   * Names the request, with the subject: the same id again is the same decision, charged once, while its lease lives and for
   * as long as the store remembers. Whoever may choose it freely may repeat a request unlimited: take it from a client only
   * together with what makes the work itself happen once. 1 to 256 characters. Default: a new one.
   */
  readonly id?: string;
  /**
   * The lease expires this long after it was reserved or last extended. Default: the shortest `expiresAfter` of the limiter's
   * concurrency limits, or else five minutes. With `"none"` it need not expire, where that
   * makes no difference to what is charged: under sliding and fixed windows whose `onExpiry` is `"charge-estimate"`, as where requests are
   * counted. A lease with neither id nor signal then costs `memoryStore()` no more than `check` does, until something is done with it.
   */
  readonly deadline?: Duration | "none";
  /** Ends the lease as if it expired when it aborts. One that has aborted already is thrown, by its reason. */
  readonly signal?: Signal;
}

/** An allowed request with its lease, or a refusal. */
export type Reservation<S extends Store> = (Allowed & { readonly lease: Lease<S> }) | Refused;

/** What reserving has of its limiter. */
interface Reserving<S extends Store> {
  readonly store: S;
  readonly nextId: () => string;
  readonly decided: (
    under: readonly Limit[],
    claims: readonly Claim[],
    outcome: Outcome,
    subject: Subject,
    cost: Cost,
  ) => Decision;
  readonly charged: (under: readonly Limit[], outcome: ChargeOutcome, ended?: string) => Charge;
  readonly ask: <T, U>(question: () => T | Promise<T>, read: (value: T) => U) => Answer<S, U>;
  /** Tells of a failure of the store, and throws it. */
  readonly fail: (error: unknown) => never;
}

/** Reserves under the limits that it was made for. */
type Reserve<S extends Store> = (
  subject: Subject,
  cost?: Cost,
  options?: ReserveOptions,
) => Answer<S, Reservation<S>>;

const noOptions: ReserveOptions = Object.freeze({});
/** The options of a lease that need not expire. */
export const noDeadline: ReserveOptions = Object.freeze({ deadline: "none" });

/** What makes `limiter.reserve` for the limits that there are. */
export function createReserving<S extends Store>({
  store,
  nextId,
  decided,
  charged,
  ask,
  fail,
}: Reserving<S>): (under: readonly Limit[]) => Reserve<S> {
  const spender = spenderOf(store);

  function leaseUnder(
    under: readonly Limit[],
    claims: readonly Claim[],
    id: string,
    storedId: string,
    asked: LeaseStore,
    signal?: Signal,
  ): Lease<S> {
    return leaseOf<S>(id, {
      store: asked,
      limits: under,
      claims,
      storedId,
      signal,
      ask: (question, ended) =>
        ask(question, (settled: ChargeOutcome) => charged(under, settled, ended)),
    });
  }

  /** Reserves without a lease in the store, which must be a spender. */
  function spend(under: readonly Limit[], subject: Subject, cost: Cost): Reservation<S> {
    const claims = claimsOf(under, subject, cost);
    let outcome: ReturnType<Spender["spend"]>;
    try {
      outcome = spender!.spend(claims);
    } catch (error) {
      return fail(error);
    }
    const decision = decided(under, claims, outcome, subject, cost);
    if (!decision.allowed) return decision;
    const { receipt } = outcome;
    return new LateReservation(decision, () => {
      const id = nextId();
      // What was not enforced has no receipt, and holds nothing.
      const asked = receipt === undefined ? store : storeOfReceipt(spender!, receipt);
      return leaseUnder(under, claims, id, id, asked);
    });
  }

  return (under) => {
    const defaultMs = expiresAfterMsOf(under);
    const canSpend = spender !== undefined && areLasting(under);
    return (subject, cost = oneRequest, options = noOptions) => {
      if (options !== noOptions && options !== noDeadline) {
        checkOptions("reserve", options, ["id", "deadline", "signal"]);
      }
      const { id, deadline, signal } = options;
      if (deadline === "none" && canSpend && id === undefined && signal === undefined) {
        return atOnce<S, Reservation<S>>(spend(under, subject, cost));
      }
      const claims = claimsOf(under, subject, cost);
      const leaseId = id === undefined ? nextId() : checkedId(id);
      const storedId = id === undefined ? leaseId : scopedId(leaseId, claims);
      const isTimed = deadline !== undefined && deadline !== "none";
      const expiresAfterMs = isTimed ? durationMs(deadline, "reserve: deadline") : defaultMs;
      if (signal !== undefined) checkSignal(signal);
      if (signal?.aborted) throw signal.reason;
      const read = (outcome: Outcome): Reservation<S> => {
        const decision = decided(under, claims, outcome, subject, cost);
        if (!decision.allowed) return decision;
        // What was not enforced holds nothing, and must not end what has the same id later.
        const held = decision.unenforced === undefined ? storedId : nextId();
        const lease = leaseUnder(under, claims, leaseId, held, store, signal);
        const { replayed, unenforced, atMs, limits, degraded } = decision;
        return { allowed: true, replayed, unenforced, atMs, limits, degraded, lease };
      };
      let answer: Outcome | Promise<Outcome>;
      try {
        answer = store.reserve(claims, {
          id: storedId,
          expiresAfterMs,
          repeatable: id !== undefined,
        });
      } catch (error) {
        return fail(error);
      }
      if (!isPromise(answer)) return atOnce<S, Reservation<S>>(read(answer));
      return whenAnswered<S, Outcome, Reservation<S>>(answer.catch(fail), read);
    };
  };
}
