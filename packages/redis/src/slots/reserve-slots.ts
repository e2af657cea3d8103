import type { AsyncStore, Claim, LeaseRequest, Outcome } from "@sluice/core";
import { isSluiceError } from "@sluice/core";

import { asSpent } from "./brief-claims.ts";
import type { Returns } from "./give-back.ts";
import type { Group } from "./groups.ts";
import { mergeOutcomes } from "./merge.ts";
import type { Refusers } from "./refusers.ts";

/** What a decision over several slots is made with. */
export interface Desk {
  /** Of callers' leases. */
  readonly exact: AsyncStore;
  /** Of leases that nobody is to find later. */
  readonly brief: AsyncStore;
  readonly nextBrief: () => LeaseRequest;
  readonly returns: Returns;
  readonly briefReturns: Returns;
  readonly refusers: Refusers;
  /** Whether all slots are looked at before one is charged. */
  readonly looksFirst: boolean;
}

/** Calls at the time of the decision. */
export type AtOnce = <T>(call: () => T) => T;

/** Decides slot after slot, the lowest first, and gives back what was charged when one refuses. */
export async function reserveSlots(
  desk: Desk,
  claims: readonly Claim[],
  groups: readonly Group[],
  atOnce: AtOnce,
  request?: LeaseRequest,
): Promise<Outcome> {
  const peek = (group: Group): Promise<Outcome> => atOnce(() => desk.exact.peek(group.claims));
  let order = groups;
  if (desk.looksFirst || desk.refusers.haveRefused(claims)) {
    const looks = await Promise.all(groups.map(peek));
    const found = mergeOutcomes(groups, looks);
    const isRefused = found.verdict !== "allowed";
    if (isRefused && request?.repeatable !== true) return refused(desk, claims, found);
    // An id may have been allowed before. If it was not, it is refused before anything is charged.
    if (isRefused) order = fullFirst(groups, looks);
  }
  const { outcomes, charged, giveBack } = await charge(desk, order, atOnce, request);
  const last = outcomes.at(-1)!;
  if (last.verdict === "allowed") return mergeOutcomes(order, outcomes);

  const givenBack = giveBack();
  const states = order.map(async (group, index) => {
    await givenBack.get(group);
    return charged.has(group) || index >= outcomes.length ? peek(group) : outcomes[index]!;
  });
  const found = mergeOutcomes(order, await Promise.all(states));
  const verdict = found.verdict === "blocked" ? "blocked" : last.verdict;
  return refused(desk, claims, { ...found, verdict, replayed: false });
}

function fullFirst(groups: readonly Group[], looks: readonly Outcome[]): readonly Group[] {
  const isFull = (index: number): boolean => looks[index]?.verdict !== "allowed";
  return [
    ...groups.filter((_, index) => isFull(index)),
    ...groups.filter((_, index) => !isFull(index)),
  ];
}

function refused({ refusers }: Desk, claims: readonly Claim[], outcome: Outcome): Outcome {
  refusers.add(claims, outcome);
  return outcome;
}

interface Charged {
  /** Of each group that was asked: all but the last allowed it. */
  readonly outcomes: readonly Outcome[];
  /** What this call has charged. */
  readonly charged: ReadonlySet<Group>;
  /** Does it for all, and tells when of each. */
  readonly giveBack: () => ReadonlyMap<Group, Promise<void>>;
}

async function charge(
  desk: Desk,
  groups: readonly Group[],
  atOnce: AtOnce,
  request: LeaseRequest | undefined,
): Promise<Charged> {
  const lease = request ?? desk.nextBrief();
  const [store, returns] =
    request === undefined ? [desk.brief, desk.briefReturns] : [desk.exact, desk.returns];
  const outcomes: Outcome[] = [];
  const charged = new Set<Group>();
  const giveBack = (): ReadonlyMap<Group, Promise<void>> => {
    const parts = [...charged];
    const held = parts.map((part) => (request ? part : asBrief(part)));
    const ends = atOnce(() => returns.giveBack(held, lease.id));
    return new Map(parts.map((part, index) => [part, ends[index]!]));
  };
  if (request !== undefined) returns.stop(lease.id);
  for (const group of groups) {
    const claims = request ? group.claims : asBrief(group).claims;
    try {
      const outcome = await atOnce(() => store.reserve(claims, lease));
      outcomes.push(outcome);
      if (outcome.verdict !== "allowed") break;
      // The client sends again what it had no answer to: another's id cannot be replayed unless it may come again.
      if (!outcome.replayed || !lease.repeatable) charged.add(group);
    } catch (error) {
      const isConflict = isSluiceError(error) && error.code === "id-conflict";
      // What conflicts is another's. Else nobody knows whether this one was charged, too.
      if (!lease.repeatable && !isConflict) charged.add(group);
      // Whoever asks for the id again is to find what it has got; if nobody does, its deadline ends it.
      if (!lease.repeatable || isConflict) giveBack();
      throw error;
    }
  }
  return { outcomes, charged, giveBack };
}

function asBrief(group: Group): Group {
  return { ...group, claims: [...asSpent(group.claims)] };
}
