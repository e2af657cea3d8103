import { atOnce, isPromise, whenAnswered } from "./answer.ts";
import { type Cost, nothingAtAll, nothingElse, oneRequest } from "./cost.ts";
import { type Allowed, decide, type Decision } from "./decision.ts";
import { type Duration, durationMs } from "./duration.ts";
import { createTeller, type LimiterEvent } from "./events.ts";
import { idSequence } from "./id.ts";
import { type Charge, chargeOf } from "./lease.ts";
import type { Limit } from "./limit.ts";
import { checkedLimits, claimsOf, claimsWithin } from "./limits.ts";
import { createCounter, type LimiterMetrics } from "./metrics.ts";
import { checkOptions, fail } from "./options.ts";
import { createReserving, type Reservation, type ReserveOptions } from "./reserving.ts";
import type { Answer, ChargeOutcome, Claim, Outcome, Store } from "./store/store.ts";
import type { Subject } from "./subject.ts";

/** Options of `createLimiter()`. */
export interface LimiterOptions<S extends Store> {
  /** Decided together: all or none. 1 to 32, with distinct names. */
  readonly limits: readonly Limit[];
  /** Where counts live. Limiters that share a store share the counts of limits that have the same name, algorithm, unit and dimensions. */
  readonly store: S;
  /** `"observe"` decides and reports, and lets every request go on: `unenforced` says what it would have refused. Default: `"enforce"`. */
  readonly mode?: "enforce" | "observe";
  /** Is told what happens, as it happens. What it throws is ignored. */
  readonly observe?: (event: LimiterEvent) => void;
}

/** One request of `limiter.checkMany()`. */
export interface CheckRequest {
  readonly subject: Subject;
  /** Default: one request. */
  readonly cost?: Cost;
}

/**
 * Decides for a subject whether it may spend a cost under every limit. With a store that answers at once these are plain
 * values, else promises. What the caller got wrong is thrown at once, whatever the store: `invalid-subject`, `invalid-cost`,
 * `invalid-id`, `invalid-option`; what the store finds comes as it answers: `id-conflict`, `invalid-cost`, `invalid-clock`,
 * `store-locked`. Nothing has changed then, but for a `checkMany` of more than 64 on a shared store, which may be charged in part.
 */
export interface Limiter<S extends Store> {
  /** Those there are now. */
  readonly limits: readonly Limit[];
  /** Spends `cost` for good, or refuses. Default: one request. */
  check(subject: Subject, cost?: Cost): Answer<S, Decision>;
  /** As `check` for each of `requests` in turn, in one pass and at one instant. */
  checkMany(requests: readonly CheckRequest[]): Answer<S, readonly Decision[]>;
  /**
   * What `check` would answer now. Charges nothing, and is not counted. Of units that the cost does not name it asks for nothing, but for the
   * request and its place in flight.
   */
  peek(subject: Subject, cost?: Cost): Answer<S, Decision>;
  /** Spends `cost` as an estimate, under a lease, or refuses. Default: one request. */
  reserve(subject: Subject, cost?: Cost, options?: ReserveOptions): Answer<S, Reservation<S>>;
  /** Charges what `cost` names, whether or not it fits, and nothing else: for use that was not foreseen, or a fault. */
  penalize(subject: Subject, cost: Cost): Answer<S, Charge>;
  /** Gives back what `cost` names, and nothing else, of the latest charges, as far as there are any. */
  reward(subject: Subject, cost: Cost): Answer<S, Charge>;
  /**
   * Refuses everything that is counted under exactly the dimensions that `subject` has, for so long from now; 0 lifts the
   * block. `block({ tenant })` shuts a tenant out where a limit is per tenant, whatever the rest of its subjects. False when the store
   * has no room. Throws `invalid-subject` when no limit has just these dimensions.
   */
  block(subject: Subject, forMs: Duration): Answer<S, boolean>;
  /** Forgets what is counted under exactly the dimensions that `subject` has, blocks too. Throws as `block` does. */
  reset(subject: Subject): Answer<S, boolean>;
  /**
   * Puts other limits in the place of these, from the next decision on. What a limit has counted stays where its name, algorithm,
   * unit and dimensions do, also when a limit is gone and comes back in time. Leases settle under the limits they were reserved with.
   * Throws `invalid-option`, and nothing has changed.
   */
  update(limits: readonly Limit[]): void;
  /** How often this limiter and each of its limits have allowed and denied, and how much the store keeps. */
  metrics(): LimiterMetrics;
}

const verbs = [
  "reserve",
  "reserveMany",
  "peek",
  "extend",
  "settle",
  "adjust",
  "block",
  "reset",
] as const;

/** A limiter over `limits`, all checked now. Throws `invalid-option`. */
export function createLimiter<const S extends Store>(options: LimiterOptions<S>): Limiter<S> {
  checkOptions("createLimiter", options, ["limits", "store", "mode", "observe"]);
  const { store, mode = "enforce", observe } = options;
  for (const verb of verbs) {
    if (typeof store?.[verb] !== "function") fail("createLimiter: store", "a store", store);
  }
  if (mode !== "enforce" && mode !== "observe") {
    fail("createLimiter: mode", '"enforce" or "observe"', mode);
  }
  if (observe !== undefined && typeof observe !== "function") {
    fail("createLimiter: observe", "a function", observe);
  }
  let limits = checkedLimits(options.limits, "createLimiter");
  const counter = createCounter(limits);
  const teller = createTeller(observe);
  const reservingUnder = createReserving({
    store,
    nextId: idSequence(),
    decided,
    ask,
    charged,
    fail: teller.fail,
  });
  let reserve = reservingUnder(limits);

  /** What `read` makes of what the store answers when it is asked. */
  function ask<T, U>(question: () => T | Promise<T>, read: (value: T) => U): Answer<S, U> {
    let answer: T | Promise<T>;
    try {
      answer = question();
    } catch (error) {
      return teller.fail(error);
    }
    return whenAnswered<S, T, U>(isPromise(answer) ? answer.catch(teller.fail) : answer, read);
  }

  function decided(
    under: readonly Limit[],
    claims: readonly Claim[],
    outcome: Outcome,
    subject: Subject,
    cost: Cost,
  ): Decision {
    const found = decide(under, claims, outcome);
    counter.count(found);
    const decision = mode === "observe" ? allowedAnyway(found) : found;
    if (observe !== undefined) {
      teller.hear(outcome);
      teller.tell({ kind: "decision", subject, cost, decision });
    }
    return decision;
  }

  function charged(under: readonly Limit[], outcome: ChargeOutcome, ended?: string): Charge {
    const charge = chargeOf(under, outcome);
    if (observe !== undefined) {
      teller.hear(outcome);
      if (ended !== undefined) teller.tell({ kind: "settle", id: ended, charge });
    }
    return charge;
  }

  function done(outcome: ChargeOutcome): boolean {
    teller.hear(outcome);
    return outcome.applied;
  }

  function adjust(subject: Subject, cost: Cost, direction: "charge" | "refund"): Answer<S, Charge> {
    const under = limits;
    const claims = claimsOf(under, subject, cost, nothingAtAll);
    return ask(
      () => store.adjust(claims, direction),
      (outcome: ChargeOutcome) => charged(under, outcome),
    );
  }

  return {
    get limits() {
      return limits;
    },
    check(subject, cost = oneRequest) {
      const under = limits;
      const claims = claimsOf(under, subject, cost);
      let answer: Outcome | Promise<Outcome>;
      try {
        answer = store.reserve(claims);
      } catch (error) {
        return teller.fail(error);
      }
      // As `ask` does, but the way that most calls take makes nothing that it does not need.
      if (!isPromise(answer))
        return atOnce<S, Decision>(decided(under, claims, answer, subject, cost));
      return whenAnswered<S, Outcome, Decision>(answer.catch(teller.fail), (outcome) =>
        decided(under, claims, outcome, subject, cost),
      );
    },
    checkMany(requests) {
      const under = limits;
      for (const request of Array.isArray(requests) ? requests : [undefined]) {
        if (typeof request === "object" && request !== null) continue;
        fail("checkMany: requests", "an array of objects with a subject and a cost", requests);
      }
      // The caller's array may be another when a promise is kept.
      const asked = requests.map(({ subject, cost = oneRequest }) => ({ subject, cost }));
      const batch = asked.map(({ subject, cost }) => claimsOf(under, subject, cost));
      return ask(
        () => store.reserveMany(batch),
        (outcomes: readonly Outcome[]) =>
          outcomes.map((outcome, index) => {
            const { subject, cost } = asked[index]!;
            return decided(under, batch[index]!, outcome, subject, cost);
          }),
      );
    },
    peek(subject, cost = oneRequest) {
      const under = limits;
      const claims = claimsOf(under, subject, cost, nothingElse);
      return ask(
        () => store.peek(claims),
        (outcome: Outcome) => {
          teller.hear(outcome);
          return decide(under, claims, outcome);
        },
      );
    },
    reserve: (subject, cost, reserveOptions) => reserve(subject, cost, reserveOptions),
    penalize: (subject, cost) => adjust(subject, cost, "charge"),
    reward: (subject, cost) => adjust(subject, cost, "refund"),
    block(subject, forMs) {
      const claims = claimsWithin(limits, subject);
      const ms = forMs === 0 ? 0 : durationMs(forMs, "block: forMs");
      return ask(() => store.block(claims, ms), done);
    },
    reset(subject) {
      const claims = claimsWithin(limits, subject);
      return ask(() => store.reset(claims), done);
    },
    update(next) {
      const before = limits;
      limits = checkedLimits(next, "update");
      reserve = reservingUnder(limits);
      counter.follow(limits);
      teller.tell({ kind: "limits-changed", before, limits });
    },
    metrics() {
      const size = store.size?.();
      return { ...counter.metrics(), keys: size?.keys, leases: size?.live };
    },
  };
}

function allowedAnyway(decision: Decision): Allowed {
  if (decision.allowed) return decision;
  const { atMs, limits, degraded } = decision;
  return { allowed: true, replayed: false, unenforced: decision, atMs, limits, degraded };
}
