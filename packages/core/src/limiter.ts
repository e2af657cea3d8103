import { defaultExpiresAfterMs } from "./algorithms/concurrency.ts";
import { whenAnswered } from "./answer.ts";
import { checkCost, type Cost, spentOf } from "./cost.ts";
import { type Allowed, decide, type Decision, type Refused } from "./decision.ts";
import { shown, SluiceError } from "./errors.ts";
import { type Lease, leaseOf } from "./lease.ts";
import { checkLimit } from "./limit-options.ts";
import type { Limit } from "./limit.ts";
import { checkOptions, fail } from "./options.ts";
import type { Answer, Claim, Outcome, Store } from "./store/store.ts";
import { checkSubject, type Subject, subjectKey } from "./subject.ts";

/** Options of `createLimiter()`. */
export interface LimiterOptions<S extends Store> {
  /** Decided together: all or none. 1 to 32, with distinct names. */
  readonly limits: readonly Limit[];
  /** Where counts live. Limiters that share a store share the counts of limits that have the same name. */
  readonly store: S;
}

/** Options of `limiter.reserve()`. */
export interface ReserveOptions {
  /**
   * Names the request, with the subject: the same id again is the same decision, charged once, while its lease lives and for
   * as long as the store remembers. Whoever may choose it freely may repeat a request unlimited: take it from a client only
   * together with what makes the work itself happen once. 1 to 256 characters. Default: a new one.
   */
  readonly id?: string;
}

/** An allowed request with its lease, or a refusal. */
export type Reservation<S extends Store> = (Allowed & { readonly lease: Lease<S> }) | Refused;

/**
 * Decides for a subject whether it may spend a cost under every limit. With a store that answers at once these are plain
 * values, else promises. What the caller got wrong is thrown at once, whatever the store: `invalid-subject`, `invalid-cost`,
 * `invalid-id`, `invalid-option`; what the store finds comes as it answers: `id-conflict`, `invalid-clock`. Nothing has changed then.
 */
export interface Limiter<S extends Store> {
  readonly limits: readonly Limit[];
  /** Spends `cost` for good, or refuses. Default: one request. */
  check(subject: Subject, cost?: Cost): Answer<S, Decision>;
  /** Spends `cost` as an estimate, under a lease, or refuses. Default: one request. */
  reserve(subject: Subject, cost?: Cost, options?: ReserveOptions): Answer<S, Reservation<S>>;
}

// A global of every JavaScript runtime that is not in the language's own library.
declare const crypto: { getRandomValues(array: Uint32Array<ArrayBuffer>): Uint32Array };

const mostLimits = 32;
const longestId = 256;

/** A limiter over `limits`, all checked now. Throws `invalid-option`. */
export function createLimiter<const S extends Store>(options: LimiterOptions<S>): Limiter<S> {
  checkOptions("createLimiter", options, ["limits", "store"]);
  const { store } = options;
  const limits = checkedLimits(options.limits);
  for (const verb of ["reserve", "extend", "settle"] as const) {
    if (typeof store?.[verb] !== "function") fail("createLimiter: store", "a store", store);
  }
  const expiresAfterMs = limits.reduce(
    (least, limit) =>
      limit.algorithm === "concurrency" ? Math.min(least, limit.expiresAfterMs) : least,
    limits.some(({ algorithm }) => algorithm === "concurrency") ? Infinity : defaultExpiresAfterMs,
  );
  const nextId = idSequence();

  const claimsOf = (subject: Subject, cost: Cost): Claim[] => {
    checkSubject(subject);
    checkCost(cost);
    return limits.map((limit) => claimOf(limit, subject, cost));
  };

  return {
    limits,
    check(subject, cost = oneRequest) {
      const claims = claimsOf(subject, cost);
      return whenAnswered<S, Outcome, Decision>(store.reserve(claims), (outcome) =>
        decide(limits, claims, outcome),
      );
    },
    reserve(subject, cost = oneRequest, reserveOptions = {}) {
      checkOptions("reserve", reserveOptions, ["id"]);
      const { id } = reserveOptions;
      const claims = claimsOf(subject, cost);
      const leaseId = id === undefined ? nextId() : checkedId(id);
      const storedId = id === undefined ? leaseId : scoped(leaseId, claims);
      const request = { id: storedId, expiresAfterMs, repeatable: id !== undefined };
      return whenAnswered<S, Outcome, Reservation<S>>(store.reserve(claims, request), (outcome) => {
        const decision = decide(limits, claims, outcome);
        if (!decision.allowed) return decision;
        return { ...decision, lease: leaseOf(store, limits, claims, leaseId, storedId) };
      });
    },
  };
}

const oneRequest: Cost = { requests: 1 };

function claimOf(limit: Limit, subject: Subject, cost: Cost): Claim {
  const key = subjectKey(limit.name, limit.per, subject);
  const { algorithm, capacity } = limit;
  const spent = spentOf(cost, limit.unit, limit.name);
  return algorithm === "concurrency"
    ? { key, algorithm, capacity, windowMs: 0, precisionMs: 0, onExpiry: "refund", cost: spent }
    : {
        key,
        algorithm,
        capacity,
        windowMs: limit.windowMs,
        precisionMs: limit.precisionMs,
        onExpiry: limit.onExpiry,
        cost: spent,
      };
}

function checkedLimits(limits: readonly Limit[]): readonly Limit[] {
  if (!Array.isArray(limits) || limits.length === 0 || limits.length > mostLimits) {
    fail("createLimiter: limits", `an array of 1 to ${mostLimits} limits`, limits);
  }
  const names = new Set<string>();
  for (const limit of limits) {
    checkLimit(limit);
    if (names.has(limit.name)) fail("createLimiter: limits", "named apart", limit.name);
    names.add(limit.name);
  }
  return [...limits];
}

function checkedId(id: string): string {
  if (typeof id === "string" && id.length > 0 && id.length <= longestId) return id;
  throw new SluiceError(
    "invalid-id",
    `id: must be a string of 1 to ${longestId} characters, got ${shown(id)}`,
  );
}

/** A caller's id means something only together with its subject: one tenant's cannot meet another's. */
function scoped(id: string, claims: readonly Claim[]): string {
  let name = `${id.length}:${id}`;
  for (const { key } of claims) name += `|${key.length}:${key}`;
  return name;
}

/** Ids that no other limiter makes, in any process. The secret is drawn late: some edge runtimes forbid it at start-up. */
function idSequence(): () => string {
  let prefix = "";
  let count = 0;
  return () => {
    if (prefix === "") {
      const random = crypto.getRandomValues(new Uint32Array(3));
      prefix = `~${Array.from(random, (part) => part.toString(36)).join("")}-`;
    }
    return prefix + (count++).toString(36);
  };
}
