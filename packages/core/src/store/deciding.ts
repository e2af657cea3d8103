import { SluiceError } from "../errors.ts";
import {
  blockedForMs,
  charge,
  createCount,
  dropCount,
  freesAfterMs,
  look,
  usedOf,
  waitMs,
} from "./count.ts";
import { type Engine, findCounts } from "./engine.ts";
import { findLease } from "./lease-index.ts";
import {
  age,
  createLease,
  deadlineAfter,
  dropLease,
  hold,
  holdingAt,
  holdingsOf,
  isForgotten,
  isSame,
} from "./leases.ts";
import { markBusy } from "./marks.ts";
import { decidePlainly } from "./plain.ts";
import { aimAt, spareCounts, spareLeases, sweepCounts, sweepLeases, takeExpired } from "./room.ts";
import { findCount } from "./segments.ts";
import type { Claim, LeaseRequest, Outcome } from "./store.ts";
import { header, shardOf } from "./table.ts";

/** Decides on claims that were hashed from the place `from`, and charges them unless `isPeek`. */
export function decide(
  engine: Engine,
  claims: readonly Claim[],
  from: number,
  request: LeaseRequest | undefined,
  isPeek: boolean,
  now: number,
): Outcome {
  const { table, counts } = engine;
  if (request === undefined && !isPeek) {
    const verdict = decidePlainly(engine, claims, from, now);
    if (verdict !== undefined) return answer(engine, verdict, false, now);
  } else findCounts(engine, claims.length, from);
  if (request !== undefined && isKnown(engine, claims, now)) {
    return outcome(engine, claims, "allowed", true, now);
  }
  let verdict: Outcome["verdict"] = "allowed";
  let fresh = 0;
  for (let index = 0; index < claims.length; index++) {
    const claim = claims[index]!;
    const { terms, cost } = claim;
    const count = counts[index]!;
    if (count === 0) {
      if (cost > terms.capacity) verdict = verdict === "blocked" ? verdict : "refused";
      else if (isCharged(claim, request)) fresh++;
      continue;
    }
    look(table, count, terms, now);
    const used = usedOf(table, count, terms);
    if (blockedForMs(table, count, now) > 0) verdict = "blocked";
    if (cost <= terms.capacity - used) continue;
    if (verdict === "allowed") verdict = "refused";
    // Its limit may have been lowered since it was charged.
    if (used * 2 > terms.capacity) markBusy(table, count, true);
  }
  if (verdict !== "allowed" || isPeek) return outcome(engine, claims, verdict, false, now);
  const needsRoom = fresh > 0 || request !== undefined;
  if (needsRoom && !roomFor(engine, claims, from, request)) {
    return outcome(engine, claims, "full", false, now);
  }
  if (request === undefined) {
    for (let index = 0; index < claims.length; index++) {
      const { terms, cost } = claims[index]!;
      if (counts[index] !== 0 && cost > 0) charge(table, counts[index]!, terms, cost, now);
    }
  } else if (!holdAll(engine, claims, request, now)) {
    return outcome(engine, claims, "full", false, now);
  }
  return outcome(engine, claims, "allowed", false, now);
}

function roomFor(
  engine: Engine,
  claims: readonly Claim[],
  from: number,
  request: LeaseRequest | undefined,
): boolean {
  const isWanted = (index: number): boolean => isCharged(claims[index]!, request);
  return makeRoom(engine, claims, from, request !== undefined, isWanted);
}

function isCharged({ terms, cost }: Claim, request: LeaseRequest | undefined): boolean {
  return cost > 0 && (request !== undefined || terms.algorithm !== "concurrency");
}

/** Whether the id at hand was allowed before and is remembered. Throws `id-conflict` if it was something else. */
function isKnown({ table, keys, sweep }: Engine, claims: readonly Claim[], now: number): boolean {
  const lease = findLease(table, keys.idA, keys.idB);
  if (lease === 0) return false;
  if (age(table, lease, now, sweep.rememberMs)) sweep.expired++;
  if (isForgotten(table, lease, now)) return false;
  let same = holdingsOf(table, lease) === claims.length;
  for (let index = 0; same && index < claims.length; index++) {
    const [a, b] = [keys.hashA[index]!, keys.hashB[index]!];
    same = isSame(table, holdingAt(lease, index), a, b, claims[index]!.cost);
  }
  if (same) return true;
  throw new SluiceError("id-conflict", "id: was reserved before with another cost");
}

/** Makes the counts that are missing and `isWanted`, and room for a lease; false, and nothing has changed, when there is none. */
export function makeRoom(
  engine: Engine,
  claims: readonly Claim[],
  from: number,
  withLease: boolean,
  isWanted: (index: number) => boolean,
): boolean {
  const { table, keys, sweep, counts, locked } = engine;
  const { hashA, hashB } = keys;
  // A full table is looked at below anyway.
  const isFull = table.u32[header.keys]! >= table.u32[header.maxKeys]!;
  for (let index = 0; index < claims.length; index++) {
    if (counts[index] !== 0) continue;
    if (isFull) aimAt(table, sweep, hashA[from + index]!, hashB[from + index]!);
    else sweepCounts(table, sweep, shardOf(hashA[from + index]!));
  }
  if (withLease) sweepLeases(table, sweep, shardOf(keys.idA));
  // What was swept may have been empty counts of these very claims.
  findCounts(engine, claims.length, from);
  let fresh = 0;
  for (let index = 0; index < claims.length; index++) {
    if (counts[index] === 0 && isWanted(index)) fresh++;
  }
  const isShort = table.u32[header.keys]! + fresh > table.u32[header.maxKeys]!;
  if (isShort || (withLease && table.u32[header.leases]! >= table.u32[header.maxLeases]!)) {
    const atHand = table.isShared ? locked.shards.subarray(0, locked.length) : undefined;
    const isClaimed = (a: number, b: number): boolean =>
      claims.some((_, index) => hashA[from + index] === a && hashB[from + index] === b);
    const spared = spareCounts(table, sweep, fresh, atHand, isClaimed);
    const sparedLeases = withLease ? spareLeases(table, sweep, atHand) : [];
    if (spared === undefined || sparedLeases === undefined) {
      // What was forgotten meanwhile may have moved others.
      findCounts(engine, claims.length, from);
      return false;
    }
    for (const spare of spared) dropCount(table, findCount(table, spare.hashA, spare.hashB));
    for (const spare of sparedLeases) dropLease(table, findLease(table, spare.hashA, spare.hashB));
  }
  let isMade = true;
  for (let index = 0; isMade && index < claims.length; index++) {
    if (counts[index] !== 0 || !isWanted(index)) continue;
    // Fails only where all of the table's memory is used.
    isMade = createCount(table, hashA[from + index]!, hashB[from + index]!) !== 0;
  }
  // Dropping or making one may have moved others.
  findCounts(engine, claims.length, from);
  return isMade;
}

/** Puts what has been found to fit under a lease; false, and nothing has changed, when there is no memory for one. */
function holdAll(
  { table, keys, counts }: Engine,
  claims: readonly Claim[],
  request: LeaseRequest,
  now: number,
): boolean {
  const forgotten = findLease(table, keys.idA, keys.idB);
  if (forgotten !== 0) dropLease(table, forgotten);
  const lease = createLease(table, keys.idA, keys.idB, claims.length, request, now);
  if (lease === 0) return false;
  const deadlineMs = deadlineAfter(table, lease, now);
  for (let index = 0; index < claims.length; index++) {
    const { terms, cost } = claims[index]!;
    const [a, b] = [keys.hashA[index]!, keys.hashB[index]!];
    hold(table, holdingAt(lease, index), a, b, counts[index]!, terms, cost, now, deadlineMs);
  }
  return true;
}

function outcome(
  engine: Engine,
  claims: readonly Claim[],
  verdict: Outcome["verdict"],
  replayed: boolean,
  now: number,
): Outcome {
  const { table, counts, states } = engine;
  const isRefused = verdict === "refused" || verdict === "blocked";
  for (let index = 0, at = 0; index < claims.length; index++, at += 4) {
    const claim = claims[index]!;
    const { terms, cost } = claim;
    const count = counts[index]!;
    if (count === 0) {
      states[at] = 0;
      states[at + 1] = isRefused && cost > terms.capacity ? Infinity : 0;
      states[at + 2] = 0;
      states[at + 3] = 0;
      continue;
    }
    if (replayed) look(table, count, terms, now);
    const blockedMs = blockedForMs(table, count, now);
    states[at] = usedOf(table, count, terms);
    states[at + 1] = isRefused ? Math.max(blockedMs, waitMs(table, count, claim, now)) : 0;
    states[at + 2] = freesAfterMs(table, count, terms, now);
    states[at + 3] = blockedMs;
  }
  return answer(engine, verdict, replayed, now);
}

function answer(
  { states, sweep }: Engine,
  verdict: Outcome["verdict"],
  replayed: boolean,
  now: number,
): Outcome {
  return { verdict, atMs: now, replayed, expired: takeExpired(sweep), states };
}
