import { beginRing, endRing } from "./ring.ts";
import { allocate, free, shardOf, type Table } from "./table.ts";

/*
 * What few counts need lies in a block that is made when it is first needed: until when the count is blocked, what leases hold of it, as
 * a sum and a ring by the deadlines, and how many live leases charge it, the last of them until when.
 */
export const extension = 6;
const extensionClass = 2;
const blockedUntil = 0;
const heldTotal = 1;
const heldRing = 4;
const leasedUntil = 4;
const leases = 10;
const firstHeldClass = 2;

/** The extension of a count, or 0. */
export function extensionOf({ u32 }: Table, count: number): number {
  return u32[count * 4 + extension]!;
}

/** The extension of a count, made if there is none; 0 when there is no room. */
export function someExtension(table: Table, count: number): number {
  const known = extensionOf(table, count);
  if (known !== 0) return known;
  const block = allocate(table, shardOf(table.u32[count * 4]!), extensionClass);
  if (block === 0) return 0;
  table.u32.fill(0, block * 4, (block + (1 << extensionClass)) * 4);
  table.f64[block * 2 + blockedUntil] = -Infinity;
  table.f64[block * 2 + leasedUntil] = -Infinity;
  table.u32[count * 4 + extension] = block;
  return block;
}

/** Gives back the extension of a count. */
export function freeExtension(table: Table, count: number): void {
  const block = extensionOf(table, count);
  if (block === 0) return;
  const shard = shardOf(table.u32[count * 4]!);
  endRing(table, shard, block * 4 + heldRing);
  free(table, shard, extensionClass, block);
  table.u32[count * 4 + extension] = 0;
}

/** When a block ends; `-Infinity` for none. */
export function blockedUntilOf({ f64 }: Table, extended: number): number {
  return f64[extended * 2 + blockedUntil]!;
}

/** Refuses everything until an instant. */
export function blockUntil({ f64 }: Table, extended: number, until: number): void {
  f64[extended * 2 + blockedUntil] = until;
}

/** All that leases hold. */
export function heldOf({ f64 }: Table, extended: number): number {
  return f64[extended * 2 + heldTotal]!;
}

/** Adds to all that leases hold. */
export function addHeld({ f64 }: Table, extended: number, units: number): void {
  f64[extended * 2 + heldTotal]! += units;
}

/** The ring of what leases hold, which may be empty. */
export function heldRingOf(extended: number): number {
  return extended * 4 + heldRing;
}

/** The extension of a count, with room for what leases hold; 0 when there is none. */
export function extensionToHold(table: Table, count: number): number {
  const block = someExtension(table, count);
  if (block === 0 || table.u32[block * 4 + heldRing + 3] !== 0) return block;
  const shard = shardOf(table.u32[count * 4]!);
  return beginRing(table, shard, block * 4 + heldRing, firstHeldClass) ? block : 0;
}

/** Counts one more live lease that charges a count until a deadline. */
export function addLease(table: Table, count: number, until: number): void {
  const block = someExtension(table, count);
  if (block === 0) return;
  table.u32[block * 4 + leases]!++;
  prolongLease(table, count, until);
}

/** Takes note that a live lease charges a count until a later deadline. */
export function prolongLease(table: Table, count: number, until: number): void {
  const block = extensionOf(table, count);
  if (block === 0) return;
  const at = block * 2 + leasedUntil;
  table.f64[at] = Math.max(table.f64[at]!, until);
}

/** Counts one less. */
export function removeLeaseOf({ u32 }: Table, extended: number): void {
  if (extended !== 0 && u32[extended * 4 + leases]! > 0) u32[extended * 4 + leases]!--;
}

/** Whether a lease that lives charges the count. Those that have expired are told by the last deadline of all. */
export function isLeased({ f64, u32 }: Table, extended: number, now: number): boolean {
  return u32[extended * 4 + leases]! > 0 && f64[extended * 2 + leasedUntil]! > now;
}
