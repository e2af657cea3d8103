import type { Claim, Outcome } from "@sluice/core";

/** What the store refused, until when it certainly would again. */
interface Refusal {
  readonly claims: readonly Claim[];
  readonly states: readonly number[];
  readonly atMs: number;
  /** By the local clock: when it was asked, and until when the answer holds. */
  readonly askedMs: number;
  readonly untilMs: number;
  /** The claim that has to be waited for longest, by which it is found. */
  readonly key: Claim;
  /** Its place in the list. */
  slot: number;
}

/** Refusals by the count that refuses, at most so many. */
export interface Refusals {
  /** The refusal that `claims` would meet now, as the store would tell it, if one is known. */
  find(claims: readonly Claim[], now: () => number): Outcome | undefined;
  /** Remembers what was refused to `claims`, asked at `askedMs`; nothing when it is not known for how long. */
  add(claims: readonly Claim[], outcome: Outcome, askedMs: number): void;
  /** Forgets what the claim's count refuses. */
  forget(claim: Claim): void;
}

const looks = 8;

/** Room for `most` refusals, each believed for at most `longestMs`. In a full one, of 8 that are looked at, going round, that goes which ends soonest. */
export function createRefusals(most: number, longestMs: number): Refusals {
  const byScope = new Map<string, Map<string, Refusal>>();
  const list: Refusal[] = [];
  let hand = 0;

  function remove(refusal: Refusal): void {
    const { scope } = refusal.key.terms;
    const bySubject = byScope.get(scope)!;
    bySubject.delete(refusal.key.subject);
    if (bySubject.size === 0) byScope.delete(scope);
    const last = list.pop()!;
    if (last === refusal) return;
    list[refusal.slot] = last;
    last.slot = refusal.slot;
  }

  function evict(): void {
    let soonest = list[hand % list.length]!;
    for (let look = 0; look < looks; look++, hand++) {
      const looked = list[hand % list.length]!;
      if (looked.untilMs < soonest.untilMs) soonest = looked;
    }
    remove(soonest);
  }

  function put(refusal: Refusal): void {
    const { terms, subject } = refusal.key;
    const before = byScope.get(terms.scope)?.get(subject);
    if (before !== undefined) remove(before);
    else if (list.length >= most) evict();
    const bySubject = byScope.get(terms.scope) ?? new Map<string, Refusal>();
    byScope.set(terms.scope, bySubject.set(subject, refusal));
    refusal.slot = list.push(refusal) - 1;
  }

  return {
    find(claims, now) {
      if (list.length === 0) return undefined;
      for (const { terms, subject } of claims) {
        const refusal = byScope.get(terms.scope)?.get(subject);
        if (refusal === undefined || !isMet(refusal, claims)) continue;
        const at = now();
        if (at < refusal.untilMs) return told(refusal, claims, at);
        remove(refusal);
      }
    },
    add(claims, { verdict, states, atMs }, askedMs) {
      if (verdict !== "refused" && verdict !== "blocked") return;
      let longest = 0;
      let key: Claim | undefined;
      for (const [index, claim] of claims.entries()) {
        const certain = certainMs(claim, states, index);
        if (certain <= longest) continue;
        longest = certain;
        key = claim;
      }
      if (key === undefined) return;
      const untilMs = askedMs + Math.min(longest, longestMs);
      put({ claims, states: Array.from(states), atMs, askedMs, untilMs, key, slot: 0 });
    },
    forget({ terms, subject }) {
      const refusal = byScope.get(terms.scope)?.get(subject);
      if (refusal !== undefined) remove(refusal);
    },
  };
}

/** For how long a claim is certainly refused. A place in flight may come free at any time, whatever the deadline of its lease. */
function certainMs({ terms }: Claim, states: ArrayLike<number>, index: number): number {
  const retryMs = states[index * 4 + 1]!;
  const isSoft = terms.algorithm === "concurrency" && retryMs !== Infinity;
  return isSoft ? states[index * 4 + 3]! : retryMs;
}

/**
 * Whether `claims` are those that were refused, where they were refused for at least as much, and where there was room for no more.
 * By the very same terms: another capacity comes in other ones.
 */
function isMet(refusal: Refusal, claims: readonly Claim[]): boolean {
  if (claims.length !== refusal.claims.length) return false;
  for (let index = 0; index < claims.length; index++) {
    const asked = claims[index]!;
    const refused = refusal.claims[index]!;
    if (asked.terms !== refused.terms || asked.subject !== refused.subject) return false;
    const isShort = refusal.states[index * 4 + 1]! > 0;
    if (isShort ? asked.cost < refused.cost : asked.cost > refused.cost) return false;
  }
  return true;
}

/** The refusal as it is at `now`: what is charged, and when some of it leaves, as last heard; waits count down. */
function told(refusal: Refusal, claims: readonly Claim[], now: number): Outcome {
  // Whole milliseconds, so that the instants that are waited for stay where the store said.
  const elapsed = Math.floor(now - refusal.askedMs);
  const states = [...refusal.states];
  let verdict: Outcome["verdict"] = "refused";
  for (let index = 0, at = 0; index < claims.length; index++, at += 4) {
    const { terms, cost } = claims[index]!;
    const neverFits = cost > terms.capacity;
    states[at + 1] = neverFits ? Infinity : Math.max(0, states[at + 1]! - elapsed);
    states[at + 3] = Math.max(0, states[at + 3]! - elapsed);
    if (states[at + 3]! > 0) verdict = "blocked";
  }
  return { verdict, replayed: false, atMs: refusal.atMs + elapsed, expired: 0, states };
}
