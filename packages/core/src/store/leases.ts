import * as bucket from "./bucket.ts";
import { charge, holdUntil, keep, slotOf, unhold, unkeep } from "./count.ts";
import { addLease, prolongLease } from "./extension.ts";
import { insertLease, removeLease } from "./lease-index.ts";
import { birthOf } from "./marks.ts";
import type { LeaseRequest, Settlement, Terms } from "./store.ts";
import { allocate, free, header, shardOf, type Table, tally } from "./table.ts";

/*
 * A lease: a block of three units, and five for each holding, which is what it holds of one count. Its words and numbers are named by
 * these places. See docs/layout.md.
 */
const flags = 2;
const size = 3;
const deadline = 2;
const forgetAt = 3;
const expiresAfter = 4;
const units = 3;

const holdingUnits = 5;
const birth = 2;
/** Whether its charge becomes what is kept when the lease expires: its slot has not left by then. */
const lapses = 3;
const cost = 2;
/** Reported by `extend`; not a number before the first time. */
const used = 3;
/** When what it charges began to leave; of a token bucket all that had been charged then; `-Infinity` once it has left. */
const slot = 4;
const charged = 5;
/** The part that outlives the lease, until the slot leaves. */
const kept = 6;
/** The part that would go back if the lease expired, and when. */
const held = 7;
const heldUntil = 8;

const live = 0;
const expired = 1;
const settled = 2;
const stateUnit = 64;
const repeatableBit = 256;

/** A new lease on `count` counts, or 0 when there is no room. */
export function createLease(
  table: Table,
  hashA: number,
  hashB: number,
  count: number,
  request: LeaseRequest,
  now: number,
): number {
  const shard = shardOf(hashA);
  const klass = 32 - Math.clz32(units + count * holdingUnits - 1);
  const lease = allocate(table, shard, klass);
  if (lease === 0) return 0;
  const { f64, u32 } = table;
  u32[lease * 4] = hashA;
  u32[lease * 4 + 1] = hashB;
  u32[lease * 4 + flags] = count | (request.repeatable ? repeatableBit : 0);
  u32[lease * 4 + size] = klass;
  f64[lease * 2 + deadline] = now + request.expiresAfterMs;
  f64[lease * 2 + forgetAt] = Infinity;
  f64[lease * 2 + expiresAfter] = request.expiresAfterMs;
  if (!insertLease(table, lease)) {
    free(table, shard, klass, lease);
    return 0;
  }
  tally(table, header.live, 1);
  return lease;
}

/** Forgets a lease. */
export function dropLease(table: Table, lease: number): void {
  const { u32 } = table;
  const shard = shardOf(u32[lease * 4]!);
  removeLease(table, lease);
  free(table, shard, u32[lease * 4 + size]!, lease);
}

function stateOf({ u32 }: Table, lease: number): number {
  return (u32[lease * 4 + flags]! / stateUnit) & 3;
}

function setState(table: Table, lease: number, state: number, forgetAtMs: number): void {
  const before = stateOf(table, lease);
  if (before === live) tally(table, header.live, -1);
  table.u32[lease * 4 + flags]! += (state - before) * stateUnit;
  table.f64[lease * 2 + forgetAt] = forgetAtMs;
}

/** Lets a lease expire whose deadline has passed by `now`, to be remembered for so long; whether it did. */
export function age(table: Table, lease: number, now: number, rememberMs: number): boolean {
  const { f64, u32 } = table;
  const until = f64[lease * 2 + deadline]!;
  if (until > now || stateOf(table, lease) !== live) return false;
  setState(table, lease, expired, until + rememberMs);
  for (let index = 0; index < holdingsOf(table, lease); index++) {
    const holding = holdingAt(lease, index);
    if (u32[holding * 4 + lapses] === 1) f64[holding * 2 + charged] = f64[holding * 2 + kept]!;
    f64[holding * 2 + held] = 0;
  }
  return true;
}

/** Whether the lease has not expired; it has been aged. */
export function isLive(table: Table, lease: number): boolean {
  return stateOf(table, lease) === live;
}

/** Whether the lease has been settled. */
export function isSettled(table: Table, lease: number): boolean {
  return stateOf(table, lease) === settled;
}

/** Whether the outcome of the lease has been remembered for long enough. */
export function isForgotten({ f64 }: Table, lease: number, now: number): boolean {
  return f64[lease * 2 + forgetAt]! <= now;
}

/** Moves the deadline of a live lease, or of what is remembered of an expired one. */
export function prolong(table: Table, lease: number, now: number, rememberMs: number): void {
  const { f64 } = table;
  if (isLive(table, lease)) f64[lease * 2 + deadline] = deadlineAfter(table, lease, now);
  else f64[lease * 2 + forgetAt] = now + rememberMs;
}

/** The deadline of a live lease that shows a sign of life now. */
export function deadlineAfter({ f64 }: Table, lease: number, now: number): number {
  return now + f64[lease * 2 + expiresAfter]!;
}

/** Ends a lease: it is remembered for so long if its id may come again, unless nothing is left of it. */
export function conclude(
  table: Table,
  lease: number,
  now: number,
  rememberMs: number,
  isUndone: boolean,
): void {
  const isRepeatable = (table.u32[lease * 4 + flags]! & repeatableBit) !== 0;
  setState(table, lease, settled, now + rememberMs);
  if (isUndone || !isRepeatable) dropLease(table, lease);
}

/** How many counts a lease holds something of. */
export function holdingsOf({ u32 }: Table, lease: number): number {
  return u32[lease * 4 + flags]! % stateUnit;
}

/** The block of a holding. */
export function holdingAt(lease: number, index: number): number {
  return lease + units + index * holdingUnits;
}

/** Whether a holding is of the count of a hash, and was reserved at a cost. */
export function isSame(
  { f64, u32 }: Table,
  holding: number,
  hashA: number,
  hashB: number,
  asked: number,
): boolean {
  const isOfCount = (u32[holding * 4]! | 0) === hashA && (u32[holding * 4 + 1]! | 0) === hashB;
  return isOfCount && f64[holding * 2 + cost] === asked;
}

/** Reserves `asked` units of a count, which is 0 only where none are asked. */
export function hold(
  table: Table,
  holding: number,
  hashA: number,
  hashB: number,
  count: number,
  terms: Terms,
  asked: number,
  now: number,
  deadlineMs: number,
): void {
  const { f64, u32 } = table;
  u32[holding * 4] = hashA;
  u32[holding * 4 + 1] = hashB;
  u32[holding * 4 + birth] = birthOf(table, count);
  u32[holding * 4 + lapses] = 0;
  const base = holding * 2;
  f64[base + cost] = asked;
  f64[base + used] = Number.NaN;
  f64[base + slot] = terms.refill > 0 ? 0 : slotOf(terms, now);
  f64[base + charged] = 0;
  f64[base + kept] = 0;
  f64[base + held] = 0;
  f64[base + heldUntil] = 0;
  if (count !== 0) addLease(table, count, deadlineMs);
  recharge(table, holding, count, terms, asked, now, deadlineMs);
  if (terms.refill > 0) {
    table.f64[base + slot] = count === 0 ? 0 : bucket.grossOf(table, count);
  }
}

/** Charges a live holding `charge` in all, no less than before, with a new deadline. */
export function recharge(
  table: Table,
  holding: number,
  count: number,
  terms: Terms,
  all: number,
  now: number,
  deadlineMs: number,
): void {
  const base = holding * 2;
  const isGone = hasLeft(table, holding, count, terms, now);
  if (count !== 0) prolongLease(table, count, deadlineMs);
  if (isGone || terms.refill > 0) {
    const more = all - table.f64[base + charged]!;
    table.f64[base + charged] = all;
    if (more > 0) charge(table, count, terms, more, now);
    return;
  }
  const { f64, u32 } = table;
  const at = f64[base + slot]!;
  const before = f64[base + kept]!;
  const leavesAt = at + terms.windowMs;
  f64[base + charged] = all;
  const stays = chargeOnExpiry(table, holding, terms);
  const until = Math.min(deadlineMs, leavesAt);
  unhold(table, count, f64[base + heldUntil]!, f64[base + held]!);
  f64[base + kept] = stays;
  f64[base + held] = all - stays;
  f64[base + heldUntil] = until;
  u32[holding * 4 + lapses] = leavesAt > deadlineMs ? 1 : 0;
  if (stays > before) keep(table, count, terms, at, stays - before);
  else unkeep(table, count, at, before - stays);
  holdUntil(table, count, terms, until, all - stays);
}

/** What a holding is charged now. */
export function chargedOf({ f64 }: Table, holding: number): number {
  return f64[holding * 2 + charged]!;
}

/** What a holding is reported to have used, or not a number. */
export function reportedOf({ f64 }: Table, holding: number): number {
  return f64[holding * 2 + used]!;
}

/** Adds to what a holding is reported to have used. */
export function report({ f64 }: Table, holding: number, amount: number | undefined): void {
  if (amount !== undefined) f64[holding * 2 + used] = (f64[holding * 2 + used]! || 0) + amount;
}

/** What a holding is charged when its lease is settled so. */
export function chargeAtEnd(
  table: Table,
  holding: number,
  terms: Terms,
  amount: number | undefined,
  unreported: Settlement["unreported"],
): number {
  if (terms.algorithm === "concurrency") return 0;
  if (unreported === "expiry") return chargeOnExpiry(table, holding, terms);
  if (amount !== undefined) return amount;
  const reported = reportedOf(table, holding);
  if (!Number.isNaN(reported)) return reported;
  return unreported === "estimate" ? table.f64[holding * 2 + cost]! : 0;
}

/** Charges a holding that has ended, or expired, `all` in all: 0 for concurrency. */
export function close(
  table: Table,
  holding: number,
  count: number,
  terms: Terms,
  all: number,
  now: number,
): void {
  const { f64 } = table;
  const base = holding * 2;
  const before = f64[base + charged]!;
  const isGone = hasLeft(table, holding, count, terms, now);
  if (terms.refill > 0 && !isGone && all < before && count !== 0) {
    const since = bucket.grossOf(table, count) - f64[base + slot]!;
    if (since >= 0) bucket.giveBack(table, count, terms, before - all, since);
  }
  f64[base + charged] = all;
  if (terms.refill > 0 || isGone) {
    if (all > before) charge(table, count, terms, all - before, now);
    return;
  }
  const stays = f64[base + kept]!;
  unhold(table, count, f64[base + heldUntil]!, f64[base + held]!);
  f64[base + held] = 0;
  f64[base + kept] = all;
  if (all > stays) keep(table, count, terms, f64[base + slot]!, all - stays);
  else unkeep(table, count, f64[base + slot]!, stays - all);
}

/** Whether what a holding charges has left its count, with its slot or with the count itself: then it stays so. */
function hasLeft(table: Table, holding: number, count: number, terms: Terms, now: number): boolean {
  const { f64, u32 } = table;
  const born = birthOf(table, count);
  const isBucket = terms.refill > 0;
  if (u32[holding * 4 + birth] !== born) {
    if (f64[holding * 2 + charged]! > 0) setLeft(table, holding);
    // All that a new bucket was ever charged came after the reservation.
    else if (isBucket) f64[holding * 2 + slot] = 0;
    u32[holding * 4 + birth] = born;
    if (count !== 0) addLease(table, count, now);
  }
  const at = f64[holding * 2 + slot]!;
  if (!isBucket && at + terms.windowMs <= now) setLeft(table, holding);
  return f64[holding * 2 + slot] === -Infinity;
}

function setLeft({ f64, u32 }: Table, holding: number): void {
  f64[holding * 2 + slot] = -Infinity;
  u32[holding * 4 + lapses] = 0;
}

/** What is charged when the lease expires. */
function chargeOnExpiry({ f64 }: Table, holding: number, { onExpiry }: Terms): number {
  if (onExpiry === "charge-estimate") return f64[holding * 2 + charged]!;
  return onExpiry === "refund" ? 0 : f64[holding * 2 + used]! || 0;
}
