import {
  type ChargeOutcome,
  type Claim,
  type Clock,
  type Extension,
  type LeaseRequest,
  memoryStore,
  type Outcome,
  type Settlement,
  type SyncStore,
} from "@sluice/core";

import type { FailureMode } from "./failure.ts";
import { type LocalTerms } from "./local-terms.ts";

/** What this process knows that the store has charged, and may not be able to tell. */
export interface OwnGrants {
  /** Units that it was granted, and that count now. */
  granted(claim: Claim): number;
  /** Until a block that it made ends; 0 without. */
  blockedForMs(claim: Claim): number;
}

/** A decision in a mode of failure. */
export type LocalOutcome = Outcome & { readonly degraded: FailureMode };

/** Decides while the store cannot. */
export interface Local {
  /** Where it counts now: anew in each outage. */
  readonly store: SyncStore;
  /** An outage begins: nothing is counted but what `own` tells. */
  begin(): void;
  modeOf(claims: readonly Claim[]): FailureMode;
  /** Those that are counted here, and so are owed to the store. */
  counted(claims: readonly Claim[]): Claim[];
  reserve(claims: readonly Claim[], lease?: LeaseRequest): LocalOutcome;
  peek(claims: readonly Claim[]): LocalOutcome;
  /** The others do something to counts or leases, of `store` or the one that a lease was reserved from. */
  extend(on: SyncStore, claims: readonly Claim[], extension: Extension): ChargeOutcome;
  settle(on: SyncStore, claims: readonly Claim[], settled: Settlement): ChargeOutcome;
  adjust(claims: readonly Claim[], direction: "charge" | "refund"): ChargeOutcome;
  block(claims: readonly Claim[], forMs: number): ChargeOutcome;
  reset(claims: readonly Claim[]): ChargeOutcome;
}

/** Local decisions by a memory store for each outage, which begins with what `own` tells of each count, up to its share. */
export function createLocal(
  clock: Clock,
  remember: number,
  shareOf: (claim: Claim) => LocalTerms,
  own: OwnGrants | undefined,
): Local {
  let store = memoryStore({ clock, remember });
  let seen = new Map<string, Set<string>>();

  const modeOf = (claims: readonly Claim[]): FailureMode => {
    let mode: FailureMode = "allow";
    for (const claim of claims) {
      const next = shareOf(claim).mode;
      if (next === "refuse") return next;
      if (next === "local") mode = next;
    }
    return mode;
  };
  // What is allowed uncounted costs nothing here, and is refused only when it is blocked.
  const here = (claim: Claim): Claim => {
    const { mode, terms } = shareOf(claim);
    return { terms, subject: claim.subject, cost: mode === "local" ? claim.cost : 0 };
  };
  const begin = (claims: readonly Claim[]): Claim[] =>
    claims.map((claim) => {
      const local = here(claim);
      if (own !== undefined) seed(own, claim, local);
      return local;
    });
  const seed = (known: OwnGrants, claim: Claim, local: Claim): void => {
    const { scope, capacity } = local.terms;
    let subjects = seen.get(scope);
    if (subjects === undefined) seen.set(scope, (subjects = new Set()));
    if (subjects.has(claim.subject)) return;
    subjects.add(claim.subject);
    const isCounted = shareOf(claim).mode === "local";
    const cost = isCounted ? Math.min(capacity, known.granted(claim)) : 0;
    if (cost > 0) store.adjust([{ ...local, cost }], "charge");
    const blockedForMs = known.blockedForMs(claim);
    if (blockedForMs > 0) store.block([local], blockedForMs);
  };
  const decide = (
    claims: readonly Claim[],
    act: (locals: readonly Claim[]) => Outcome,
  ): LocalOutcome => {
    const degraded = modeOf(claims);
    if (degraded === "refuse") return unavailable(claims, clock(), degraded);
    const { verdict, atMs, replayed, expired, states: told } = act(begin(claims));
    const states = firstOf(told, claims.length * 4);
    let isBeyondShare = false;
    for (const [index, claim] of claims.entries()) {
      const { mode, elsewhere } = shareOf(claim);
      if (mode !== "local") continue;
      states[index * 4]! += elsewhere;
      isBeyondShare ||= states[index * 4 + 1] === Infinity && claim.cost <= claim.terms.capacity;
    }
    // It fits the limit, but no share of it: waiting helps, for as long as nobody knows.
    if (isBeyondShare && verdict === "refused") return unavailable(claims, atMs, degraded);
    return { verdict, atMs, replayed, expired, states, degraded };
  };
  const counts = (
    claims: readonly Claim[],
    outcome: ChargeOutcome,
    amounts: readonly (number | undefined)[] = [],
  ): ChargeOutcome => {
    const states = firstOf(outcome.states, outcome.applied ? claims.length * 2 : 0);
    for (const [index, claim] of claims.entries()) {
      if (!outcome.applied || shareOf(claim).mode === "local") continue;
      states[index * 2] = amounts[index] ?? claim.cost;
      states[index * 2 + 1] = 0;
    }
    return { ...outcome, states, degraded: modeOf(claims) };
  };
  const amountsHere = (
    claims: readonly Claim[],
    amounts: readonly (number | undefined)[],
  ): (number | undefined)[] =>
    claims.map((claim, index) => (shareOf(claim).mode === "local" ? amounts[index] : undefined));

  return {
    get store() {
      return store;
    },
    begin() {
      store = memoryStore({ clock, remember });
      seen = new Map();
    },
    modeOf,
    counted: (claims) => claims.filter((claim) => shareOf(claim).mode === "local"),
    reserve: (claims, lease) => decide(claims, (locals) => store.reserve(locals, lease)),
    peek: (claims) => decide(claims, (locals) => store.peek(locals)),
    extend(on, claims, { id, amounts }) {
      const extension = { id, amounts: amountsHere(claims, amounts) };
      return counts(claims, on.extend(claims.map(here), extension), amounts);
    },
    settle(on, claims, { id, amounts, unreported }) {
      const settlement = { id, amounts: amountsHere(claims, amounts), unreported };
      return counts(claims, on.settle(claims.map(here), settlement), amounts);
    },
    adjust(claims, direction) {
      const amounts = claims.map(({ cost }) => cost);
      return counts(claims, store.adjust(begin(claims), direction), amounts);
    },
    block: (claims, forMs) => counts(claims, store.block(begin(claims), forMs), noAmounts(claims)),
    reset: (claims) => counts(claims, store.reset(begin(claims)), noAmounts(claims)),
  };
}

/** The answer where nothing can be told: core calls it `store-unavailable`. */
function unavailable(claims: readonly Claim[], atMs: number, degraded: FailureMode): LocalOutcome {
  const states = claims.flatMap(() => [0, 0, 0, 0]);
  return { verdict: "full", atMs, replayed: false, expired: 0, states, degraded };
}

function noAmounts(claims: readonly Claim[]): number[] {
  return claims.map(() => 0);
}

/** The memory store answers in an array that is longer, and its own. */
function firstOf(states: ArrayLike<number>, count: number): number[] {
  const copy: number[] = [];
  for (let index = 0; index < count; index++) copy.push(states[index]!);
  return copy;
}
