import { SluiceError } from "../errors.ts";
import { createCount, finelyUsed, look, usedOf } from "./count.ts";
import { type Engine, findCounts } from "./engine.ts";
import { extensionOf, removeLeaseOf } from "./extension.ts";
import { findLease } from "./lease-index.ts";
import * as leases from "./leases.ts";
import { takeExpired } from "./room.ts";
import type { ChargeOutcome, Claim, Extension, Settlement } from "./store.ts";

/** What a call does that changes nothing. */
export function nothing({ sweep }: Engine, now: number): ChargeOutcome {
  return { applied: false, atMs: now, expired: takeExpired(sweep), states: [] };
}

/** Adds to what the lease at hand has used. */
export function extendLease(
  engine: Engine,
  claims: readonly Claim[],
  { amounts }: Extension,
  now: number,
): ChargeOutcome {
  const { table, sweep } = engine;
  const lease = recall(engine, claims, now);
  if (lease === 0) return nothing(engine, now);
  const isLive = leases.isLive(table, lease);
  const charges = [0];
  for (let index = 0; index < claims.length; index++) {
    const holding = leases.holdingAt(lease, index);
    const used = (leases.reportedOf(table, holding) || 0) + (amounts[index] ?? 0);
    // What has expired is no longer in flight.
    const isOver = claims[index]!.terms.algorithm === "concurrency" && !isLive;
    charges[index] = isOver ? 0 : Math.max(leases.chargedOf(table, holding), used);
  }
  if (!prepare(engine, claims, lease, charges)) return nothing(engine, now);
  const deadlineMs = leases.deadlineAfter(table, lease, now);
  for (let index = 0; index < claims.length; index++) {
    const { terms } = claims[index]!;
    const holding = leases.holdingAt(lease, index);
    const count = engine.counts[index]!;
    leases.report(table, holding, amounts[index]);
    if (isLive) leases.recharge(table, holding, count, terms, charges[index]!, now, deadlineMs);
    else leases.close(table, holding, count, terms, charges[index]!, now);
  }
  leases.prolong(table, lease, now, sweep.rememberMs);
  return charged(engine, claims, charges, now);
}

/** Ends the lease at hand. */
export function settleLease(
  engine: Engine,
  claims: readonly Claim[],
  { amounts, unreported }: Settlement,
  now: number,
): ChargeOutcome {
  const { table, sweep } = engine;
  const lease = recall(engine, claims, now);
  if (lease === 0) return nothing(engine, now);
  const charges = [0];
  let all = 0;
  for (let index = 0; index < claims.length; index++) {
    const { terms } = claims[index]!;
    const holding = leases.holdingAt(lease, index);
    all += charges[index] = leases.chargeAtEnd(table, holding, terms, amounts[index], unreported);
  }
  if (!prepare(engine, claims, lease, charges)) return nothing(engine, now);
  for (let index = 0; index < claims.length; index++) {
    const { terms } = claims[index]!;
    const holding = leases.holdingAt(lease, index);
    const count = engine.counts[index]!;
    leases.close(table, holding, count, terms, charges[index]!, now);
    if (count !== 0) removeLeaseOf(table, extensionOf(table, count));
  }
  // What was given back whole was never done: the same id is then a new request.
  const isUndone = unreported === "nothing" && all === 0;
  leases.conclude(table, lease, now, sweep.rememberMs, isUndone);
  return charged(engine, claims, charges, now);
}

/** The lease at hand, unless it has been settled or forgotten. */
function recall({ table, keys, sweep }: Engine, claims: readonly Claim[], now: number): number {
  const lease = findLease(table, keys.idA, keys.idB);
  if (lease === 0) return 0;
  if (leases.age(table, lease, now, sweep.rememberMs)) sweep.expired++;
  const isOver = leases.isForgotten(table, lease, now) || leases.isSettled(table, lease);
  return isOver || leases.holdingsOf(table, lease) !== claims.length ? 0 : lease;
}

/** Finds the counts of claims, and makes those that will be charged; false when they cannot be made. Throws before a count would be unsafe. */
function prepare(
  engine: Engine,
  claims: readonly Claim[],
  lease: number,
  charges: readonly number[],
): boolean {
  const { table, keys, counts } = engine;
  findCounts(engine, claims.length, 0);
  lookAtAll(engine, claims);
  for (let index = 0; index < claims.length; index++) {
    const { terms } = claims[index]!;
    const count = counts[index]!;
    const more = charges[index]! - leases.chargedOf(table, leases.holdingAt(lease, index));
    checkSafe(engine, count, terms, more, charges[index]!);
  }
  let isMoved = false;
  for (let index = 0; index < charges.length; index++) {
    const before = leases.chargedOf(table, leases.holdingAt(lease, index));
    if (counts[index] !== 0 || charges[index]! <= before) continue;
    isMoved = true;
    if (createCount(table, keys.hashA[index]!, keys.hashB[index]!) === 0) return false;
  }
  // Making one may have moved others.
  if (isMoved) findCounts(engine, claims.length, 0);
  return true;
}

/** Brings the counts at hand to now, all of them before any is judged. */
export function lookAtAll({ table, counts, sweep }: Engine, claims: readonly Claim[]): void {
  for (let index = 0; index < claims.length; index++) {
    if (counts[index] !== 0) look(table, counts[index]!, claims[index]!.terms, sweep.now);
  }
}

/** Throws `invalid-cost` when a count could no longer count by ones. */
export function checkSafe(
  { table }: Engine,
  count: number,
  terms: Claim["terms"],
  more: number,
  charge: number,
): void {
  const before = count === 0 ? 0 : finelyUsed(table, count, terms);
  const parts = terms.everyMs || 1;
  if (Math.max(charge, before + more * parts) <= Number.MAX_SAFE_INTEGER) return;
  throw new SluiceError("invalid-cost", "cost: would take a count beyond the safe integers");
}

/** That `charges` stand, and by how much the counts at hand are above their capacities. */
export function charged(
  { table, counts, sweep }: Engine,
  claims: readonly Claim[],
  charges: readonly number[],
  now: number,
): ChargeOutcome {
  // Made with its first element: an array that begins empty takes room for many.
  const states = [0];
  for (let index = 0; index < claims.length; index++) {
    const { terms } = claims[index]!;
    const count = counts[index]!;
    const used = count === 0 ? 0 : usedOf(table, count, terms);
    states[index * 2] = charges[index]!;
    states[index * 2 + 1] = Math.max(0, used - terms.capacity);
  }
  return { applied: true, atMs: now, expired: takeExpired(sweep), states };
}
