import type { Decision, LimitState } from "../decision.ts";
import type { Terms } from "../store/store.ts";

/** Headers that are being made, by name. */
export type Into = Record<string, string>;

/** Adds the headers of one form, about `states` and what was decided on them. `states` are at least one. */
export type Form = (into: Into, states: readonly LimitState[], decision: Decision) => void;

/** What is made once for the numbers of a limit; the same numbers are the same object. */
export function perTerms<T>(make: (state: LimitState) => T): (state: LimitState) => T {
  const made = new WeakMap<Terms, T>();
  return (state) => {
    const known = made.get(state.terms);
    if (known !== undefined) return known;
    const fresh = make(state);
    made.set(state.terms, fresh);
    return fresh;
  };
}

/** How long it takes for a full count to be empty; 0 where that is not always the same. */
export function windowOf({ algorithm, windowMs, capacity, refill, everyMs }: Terms): number {
  return algorithm === "token-bucket" ? (capacity * everyMs) / refill : windowMs;
}

/** In whole seconds; `undefined` where it is not of whole seconds. */
export function windowSeconds(terms: Terms): number | undefined {
  const ms = windowOf(terms);
  return ms > 0 && ms % 1000 === 0 ? ms / 1000 : undefined;
}

/** Integers of structured fields have at most 15 digits (RFC 9651 §3.3.1). */
export function integer(value: number): number {
  return value > 999_999_999_999_999 ? 999_999_999_999_999 : value;
}

/** The seconds until more may be spent, rounded up; 0 when all may be already. */
export function resetSeconds({ freesAfterMs, retryAfterMs, violated }: LimitState): number {
  const ms = violated && Number.isFinite(retryAfterMs) ? retryAfterMs : freesAfterMs;
  return integer(Math.ceil(ms / 1000));
}

/** The one of `states` that stands for all where a form has room for one: what refused, else what has the least room left. */
export function tightest(states: readonly LimitState[], decision: Decision): LimitState {
  const name = decision.allowed ? undefined : decision.limitedBy;
  let least = states[0]!;
  for (const state of states) {
    if (state.violated && state.limit.name === name) return state;
    if (roomOf(state) < roomOf(least)) least = state;
  }
  return least;
}

function roomOf({ remaining, terms }: LimitState): number {
  return terms.capacity === 0 ? 0 : remaining / terms.capacity;
}
