import type { AsyncStore, Claim, LeaseRequest, Outcome } from "@sluice/core";

import { type Desk, findPools, look, outcomeOf, refusalVerdict, takeAll } from "./deciding.ts";
import { checkSame, type Hold, recall, release } from "./holds.ts";
import { giveBack, type Part, type Pool } from "./pool.ts";
import { refill } from "./refill.ts";

/** What requests that cannot be decided at once need. */
export interface Counter {
  readonly store: AsyncStore;
  readonly desk: Desk;
  readonly holds: Map<string, Hold>;
  readonly mostWaiting: number;
  readonly mostHolds: number;
}

/** Decides on claims of which some are shared: waits for slices, asks the store about the others, holds what a lease needs. */
export async function reserveSlowly(
  counter: Counter,
  claims: readonly Claim[],
  lease: LeaseRequest | undefined,
  isNew: boolean,
): Promise<Outcome> {
  const { desk, holds } = counter;
  const { shop, pools } = desk;
  const exact = claims.filter(({ terms }) => pools.ruleOf(terms) === undefined);
  let isFirst = isNew;
  let hasWaited = false;
  let now = 0;
  for (;;) {
    now = shop.now();
    const hold = lease && recall(shop, holds, lease.id, now);
    if (hold !== undefined) return repeat(counter, hold, claims, exact, lease);
    const found = look(desk, claims, now, isFirst);
    isFirst = false;
    if (found === "fits") break;
    if (found === "refused") {
      if (hasWaited || exact.length > 0) shop.counts.waited++;
      else shop.counts.local++;
      return refuse(counter, claims, exact, lease, now);
    }
    const isHopeless = typeof found === "object" && hasWaited && found.isLate;
    if (typeof found !== "object" || isHopeless || found.waiting >= counter.mostWaiting) {
      return outcomeOf(desk, claims, "full", now);
    }
    hasWaited = true;
    await waitFor(desk, found, desk.need);
  }
  if (lease !== undefined && holds.size >= counter.mostHolds) {
    return outcomeOf(desk, claims, "full", now);
  }
  if (hasWaited || exact.length > 0) shop.counts.waited++;
  else shop.counts.local++;
  if (lease === undefined && exact.length === 0) {
    takeAll(desk, claims, now);
    return outcomeOf(desk, claims, "allowed", now);
  }
  const hold = takeHold(desk, claims, lease, now);
  let answer: Outcome | undefined;
  if (exact.length > 0) {
    try {
      answer = await counter.store.reserve(exact, lease);
    } catch (error) {
      undo(desk, hold);
      throw error;
    }
  }
  const isAllowed = answer === undefined || answer.verdict === "allowed";
  // What was allowed before is held by whoever allowed it.
  if (!isAllowed || answer?.replayed === true) undo(desk, hold);
  else if (lease !== undefined) holds.set(lease.id, hold);
  else for (const { parts } of hold.held) release(shop, parts);
  const answeredMs = answer === undefined ? now : shop.now();
  findPools(desk, claims, answeredMs);
  return outcomeOf(desk, claims, answer?.verdict ?? "allowed", answeredMs, answer);
}

async function waitFor({ shop }: Desk, pool: Pool, need: number): Promise<void> {
  pool.waiting++;
  pool.wanted += need;
  try {
    await refill(shop, pool, need);
  } finally {
    pool.waiting--;
    pool.wanted -= need;
  }
}

/** Takes what has just been found to fit, so that it can be given back. */
function takeHold(
  desk: Desk,
  claims: readonly Claim[],
  lease: LeaseRequest | undefined,
  now: number,
): Hold {
  const request = lease ?? { id: "", expiresAfterMs: Infinity, repeatable: false };
  const held = claims.flatMap((claim, index) =>
    desk.found[index] === undefined
      ? []
      : [{ claim, index, parts: [] as Part[], charged: claim.cost, used: undefined }],
  );
  const hold: Hold = {
    claims,
    held,
    request,
    state: "live",
    deadlineMs: now + request.expiresAfterMs,
    forgetAtMs: Infinity,
  };
  takeAll(desk, claims, now, (at) => held.find(({ index }) => index === at)!.parts);
  return hold;
}

function undo({ shop }: Desk, { held }: Hold): void {
  for (const { parts } of held) {
    giveBack(parts, Infinity);
    release(shop, parts);
  }
}

/** Answers an id that was allowed before. */
async function repeat(
  { store, desk }: Counter,
  hold: Hold,
  claims: readonly Claim[],
  exact: readonly Claim[],
  lease: LeaseRequest | undefined,
): Promise<Outcome> {
  checkSame(hold, claims);
  const answer = exact.length > 0 ? await store.reserve(exact, lease) : undefined;
  const now = desk.shop.now();
  findPools(desk, claims, now);
  const outcome = outcomeOf(desk, claims, answer?.verdict ?? "allowed", now, answer);
  return { ...outcome, replayed: outcome.verdict === "allowed" };
}

/** Refuses what some shared claim refuses; the store says how the other claims stand. */
async function refuse(
  { store, desk }: Counter,
  claims: readonly Claim[],
  exact: readonly Claim[],
  lease: LeaseRequest | undefined,
  now: number,
): Promise<Outcome> {
  if (exact.length === 0) {
    return outcomeOf(desk, claims, refusalVerdict(desk, claims, now), now);
  }
  if (lease?.repeatable === true) {
    // Another process may have allowed it before, and only the store knows. What is new is undone.
    const probe = await store.reserve(exact, lease);
    if (probe.replayed) {
      findPools(desk, claims, now);
      return outcomeOf(desk, claims, "allowed", now, probe);
    }
    if (probe.verdict === "allowed") {
      await store.settle(exact, { id: lease.id, amounts: [], unreported: "nothing" });
    }
  }
  // The refusal stands, whatever the store can say.
  const answer = await store.peek(exact).catch(() => undefined);
  findPools(desk, claims, now);
  return outcomeOf(desk, claims, refusalVerdict(desk, claims, now, answer), now, answer);
}
