import {
  allocate,
  free,
  header,
  indexWord,
  maskWord,
  shardOf,
  type Table,
  tally,
  usedWord,
  wordOf,
} from "./table.ts";

/*
 * Leases, whose blocks differ in size, are found through an index of their shard: open addressing with linear probing over pairs of
 * words, the second half of a hash and a block. The home of an entry is told by that half; the block begins with both.
 */
const firstClass = 2;

/** The lease of a hash, or 0. */
export function findLease({ u32 }: Table, hashA: number, hashB: number): number {
  const shard = shardOf(hashA);
  const index = u32[wordOf(shard, indexWord)]! * 4;
  if (index === 0) return 0;
  const mask = u32[wordOf(shard, maskWord)]!;
  for (let slot = hashB & mask; ; slot = (slot + 1) & mask) {
    const lease = u32[index + slot * 2 + 1]!;
    if (lease === 0) return 0;
    const isHit = (u32[index + slot * 2]! | 0) === hashB && (u32[lease * 4]! | 0) === hashA;
    if (isHit) return lease;
  }
}

/** Puts a lease, which begins with its hash, into the index; false when there is no room. */
export function insertLease(table: Table, lease: number): boolean {
  const shard = shardOf(table.u32[lease * 4]!);
  if (!hasSlot(table, shard)) return false;
  place(table, shard, table.u32[lease * 4 + 1]!, lease);
  table.u32[wordOf(shard, usedWord)]!++;
  tally(table, header.leases, 1);
  return true;
}

/** Takes a lease out of the index, and moves up those behind it that are further from home than they need be. */
export function removeLease(table: Table, lease: number): void {
  const { u32 } = table;
  const shard = shardOf(u32[lease * 4]!);
  const index = u32[wordOf(shard, indexWord)]! * 4;
  const mask = u32[wordOf(shard, maskWord)]!;
  let gap = u32[lease * 4 + 1]! & mask;
  while (u32[index + gap * 2 + 1] !== lease) gap = (gap + 1) & mask;
  for (let slot = (gap + 1) & mask; u32[index + slot * 2 + 1] !== 0; slot = (slot + 1) & mask) {
    const home = u32[index + slot * 2]! & mask;
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
    u32[index + gap * 2] = u32[index + slot * 2]!;
    u32[index + gap * 2 + 1] = u32[index + slot * 2 + 1]!;
    gap = slot;
  }
  u32[index + gap * 2 + 1] = 0;
  u32[wordOf(shard, usedWord)]!--;
  tally(table, header.leases, -1);
}

/** The lease at a place of a shard's index, which goes round; 0 where there is none, `undefined` where there are none at all. */
export function leaseAt({ u32 }: Table, shard: number, at: number): number | undefined {
  if (u32[wordOf(shard, usedWord)] === 0) return undefined;
  const slot = at & u32[wordOf(shard, maskWord)]!;
  return u32[u32[wordOf(shard, indexWord)]! * 4 + slot * 2 + 1]!;
}

/** Sees to it that one more entry leaves a quarter of a shard's index empty, or at least one place. */
function hasSlot(table: Table, shard: number): boolean {
  const old = table.u32[wordOf(shard, indexWord)]!;
  const used = table.u32[wordOf(shard, usedWord)]! + 1;
  const slots = old === 0 ? 0 : table.u32[wordOf(shard, maskWord)]! + 1;
  if (used * 4 <= slots * 3) return true;
  // Two slots to a unit.
  const size = slots === 0 ? firstClass : 32 - Math.clz32(slots / 2);
  const index = allocate(table, shard, size);
  if (index === 0) return used < slots;
  const { u32 } = table;
  u32.fill(0, index * 4, (index + (1 << size)) * 4);
  u32[wordOf(shard, indexWord)] = index;
  u32[wordOf(shard, maskWord)] = (2 << size) - 1;
  for (let at = old * 4; at < old * 4 + slots * 2; at += 2) {
    if (u32[at + 1] !== 0) place(table, shard, u32[at]!, u32[at + 1]!);
  }
  if (slots > 0) free(table, shard, size - 1, old);
  return true;
}

function place({ u32 }: Table, shard: number, hashB: number, lease: number): void {
  const index = u32[wordOf(shard, indexWord)]! * 4;
  const mask = u32[wordOf(shard, maskWord)]!;
  let slot = hashB & mask;
  while (u32[index + slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
  u32[index + slot * 2] = hashB;
  u32[index + slot * 2 + 1] = lease;
}
