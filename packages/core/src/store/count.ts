import * as bucket from "./bucket.ts";
import {
  addHeld,
  blockedUntilOf,
  extensionOf,
  extensionToHold,
  freeExtension,
  heldOf,
  heldRingOf,
  isLeased,
} from "./extension.ts";
import {
  addKept,
  firstKept,
  isFresh,
  keepNothing,
  keptAmount,
  keptOf,
  keptSlot,
  keptUntilOf,
  takeKept,
  takeLatestKept,
  turnKept,
} from "./kept.ts";
import { isBusy, markBusy, newMarks } from "./marks.ts";
import { addAt, dropUntil, entryAt, lengthOf, takeAt } from "./ring.ts";
import { insertCount, removeCount } from "./segments.ts";
import type { Claim, Terms } from "./store.ts";
import { shardOf, type Table } from "./table.ts";

/*
 * A count: all that is charged under one key. What is kept stays until it leaves its window; what leases hold would go back at their
 * deadlines. Of a token bucket there is a level instead.
 */

/** A new, empty count of a hash that has none, or 0 when there is no room. Other counts may move. */
export function createCount(table: Table, hashA: number, hashB: number): number {
  const count = insertCount(table, hashA, hashB);
  if (count === 0) return 0;
  newMarks(table, count);
  keepNothing(table, count);
  return count;
}

/** Forgets a count. Other counts may move. */
export function dropCount(table: Table, count: number): void {
  freeExtension(table, count);
  keepNothing(table, count);
  removeCount(table, count);
}

/**
 * Brings a count to `now`. One at which nothing is charged any more is a new one from then on, as if it had been forgotten: so it makes no
 * difference when it is.
 */
export function look(table: Table, count: number, terms: Terms, now: number): void {
  if (!isEmpty(table, count, now)) turn(table, count, terms, now);
  renewIfEmpty(table, count, now);
}

/** As `look`, by the terms that the count was charged under alone. */
export function renewIfEmpty(table: Table, count: number, now: number): void {
  if (!isEmpty(table, count, now)) return;
  if (isFresh(table, count) && extensionOf(table, count) === 0) return;
  freeExtension(table, count);
  keepNothing(table, count);
  newMarks(table, count);
}

/** Drops what has left by `now`. */
function turn(table: Table, count: number, terms: Terms, now: number): void {
  if (terms.refill > 0) return bucket.drain(table, count, terms, now);
  turnKept(table, count, terms.windowMs, now);
  const extended = extensionOf(table, count);
  if (extended === 0 || heldOf(table, extended) === 0) return;
  addHeld(table, extended, -dropUntil(table, heldRingOf(extended), now));
}

/** All that is charged, in whole units, rounded up. */
export function usedOf(table: Table, count: number, terms: Terms): number {
  if (terms.refill > 0) return bucket.levelOf(table, count, terms);
  const extended = extensionOf(table, count);
  return keptOf(table, count) + (extended === 0 ? 0 : heldOf(table, extended));
}

/** All that is charged; of a token bucket its level, in the fractions that it counts by. */
export function finelyUsed(table: Table, count: number, terms: Terms): number {
  return terms.refill > 0 ? keptOf(table, count) : usedOf(table, count, terms);
}

/** Until a block ends; 0 without. */
export function blockedForMs(table: Table, count: number, now: number): number {
  const extended = extensionOf(table, count);
  return extended === 0 ? 0 : Math.max(0, blockedUntilOf(table, extended) - now);
}

/** Until `cost` fits a count that nobody else charges: `Infinity` when it never will. */
export function waitMs(table: Table, count: number, { terms, cost }: Claim, now: number): number {
  if (cost > terms.capacity) return Infinity;
  if (terms.refill > 0) return bucket.waitMs(table, count, terms, cost);
  const extended = extensionOf(table, count);
  let surplus = usedOf(table, count, terms) - (terms.capacity - cost);
  let at = now;
  let nextKept = 0;
  let nextHeld = 0;
  // Read off both fronts: what leaves next is at one of them.
  while (surplus > 0) {
    const keptAt = keptSlot(table, count, nextKept) + terms.windowMs;
    const heldAt = heldInstant(table, extended, nextHeld);
    at = Math.min(keptAt, heldAt);
    // Where memory did not suffice for its entries, it is known when all have left.
    if (at === Infinity) return keptUntilOf(table, count) - now;
    surplus -=
      keptAt <= heldAt
        ? keptAmount(table, count, nextKept++)
        : table.f64[entryAt(table, heldRingOf(extended), nextHeld++) + 1]!;
  }
  return at - now;
}

/** Until the oldest charge leaves, of a token bucket until one unit has; 0 when nothing is charged. */
export function freesAfterMs(table: Table, count: number, terms: Terms, now: number): number {
  if (terms.refill > 0) return bucket.freesAfterMs(table, count, terms);
  const keptAt = firstKept(table, count) + terms.windowMs;
  const soonest = Math.min(keptAt, heldInstant(table, extensionOf(table, count), 0));
  return soonest === Infinity ? 0 : soonest - now;
}

function heldInstant(table: Table, extended: number, index: number): number {
  if (extended === 0) return Infinity;
  const ring = heldRingOf(extended);
  return index < lengthOf(table, ring) ? table.f64[entryAt(table, ring, index)]! : Infinity;
}

/** The slot of a charge made at `now`: it leaves `windowMs` after, that of a concurrency limit never. */
export function slotOf(terms: Terms, now: number): number {
  const { precisionMs, periodEndMs } = terms;
  if (precisionMs === 1) return now;
  if (precisionMs === 0) return periodEndMs === undefined ? Infinity : periodEndMs(now);
  // The remainder is negative before the epoch of the clock.
  const into = ((now % precisionMs) + precisionMs) % precisionMs;
  return now - into + precisionMs - 1;
}

/** Charges `units` now, for good. A concurrency limit keeps nothing. */
export function charge(
  table: Table,
  count: number,
  terms: Terms,
  units: number,
  now: number,
): void {
  if (terms.refill > 0) bucket.fill(table, count, terms, units, now);
  else if (terms.algorithm !== "concurrency") keep(table, count, terms, slotOf(terms, now), units);
}

/** Gives up to `units` back, of what is kept, the latest first, and says how many. */
export function giveBack(table: Table, count: number, terms: Terms, units: number): number {
  return terms.refill > 0
    ? bucket.giveBack(table, count, terms, units, 0)
    : takeLatestKept(table, count, units);
}

/** Adds `units` to what is kept in a slot. */
export function keep(table: Table, count: number, terms: Terms, slot: number, units: number): void {
  if (units === 0) return;
  addKept(table, count, slot, units, terms.windowMs);
  markBusy(table, count, usedOf(table, count, terms) * 2 > terms.capacity);
}

/** Takes up to `units` out of what is kept in a slot. */
export function unkeep(table: Table, count: number, slot: number, units: number): void {
  if (units > 0) takeKept(table, count, slot, units);
}

/** Holds `units` until a deadline. */
export function holdUntil(
  table: Table,
  count: number,
  terms: Terms,
  until: number,
  units: number,
): void {
  if (units === 0) return;
  const extended = extensionToHold(table, count);
  // Without room for a ring it is kept until then.
  if (extended === 0) return keep(table, count, terms, until - terms.windowMs, units);
  addAt(table, shardOf(table.u32[count * 4]!), heldRingOf(extended), until, units);
  addHeld(table, extended, units);
  markBusy(table, count, usedOf(table, count, terms) * 2 > terms.capacity);
}

/** Takes up to `units` out of what is held until a deadline. */
export function unhold(table: Table, count: number, until: number, units: number): void {
  const extended = extensionOf(table, count);
  if (units === 0 || extended === 0) return;
  addHeld(table, extended, -takeAt(table, heldRingOf(extended), until, units));
}

/** Whether nothing is charged any more, nor anybody blocked. */
export function isEmpty(table: Table, count: number, now: number): boolean {
  if (keptOf(table, count) > 0 && keptUntilOf(table, count) > now) return false;
  const extended = extensionOf(table, count);
  if (extended === 0) return true;
  if (blockedUntilOf(table, extended) > now) return false;
  const held = lengthOf(table, heldRingOf(extended));
  return held === 0 || heldInstant(table, extended, held - 1) <= now;
}

/** When a count will be empty, if it may be forgotten before: not when it is blocked, leased or more than half full. Else `Infinity`. */
export function spareableUntil(table: Table, count: number, now: number): number {
  if (isBusy(table, count)) return Infinity;
  const extended = extensionOf(table, count);
  const isNeeded =
    extended !== 0 && (isLeased(table, extended, now) || blockedUntilOf(table, extended) > now);
  return isNeeded ? Infinity : keptUntilOf(table, count);
}
