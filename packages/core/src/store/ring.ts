import { allocate, free, type Table } from "./table.ts";

/*
 * A ring of entries, an instant and an amount each, soonest first, in a block of its own. What is known of it stands where it is used, as
 * four words: its block, the place of the first entry, how many there are, and how many there is room for. `ring` is the place of these
 * words in `u32`.
 */

/** The number of entries. */
export function lengthOf({ u32 }: Table, ring: number): number {
  return u32[ring + 2]!;
}

/** The place in `f64` of the entry at `index`: its instant, and its amount in the next. */
export function entryAt({ u32 }: Table, ring: number, index: number): number {
  return (u32[ring]! + ((u32[ring + 1]! + index) & (u32[ring + 3]! - 1))) * 2;
}

/** Begins an empty ring of a class of blocks; false when there is no room. */
export function beginRing(table: Table, shard: number, ring: number, size: number): boolean {
  const block = allocate(table, shard, size);
  if (block === 0) return false;
  const { u32 } = table;
  u32[ring] = block;
  u32[ring + 1] = 0;
  u32[ring + 2] = 0;
  u32[ring + 3] = 1 << size;
  return true;
}

/** Gives the block of a ring back. */
export function endRing(table: Table, shard: number, ring: number): void {
  const { u32 } = table;
  if (u32[ring + 3] !== 0) free(table, shard, classOf(u32[ring + 3]!), u32[ring]!);
}

function classOf(room: number): number {
  return 31 - Math.clz32(room);
}

/** Drops what has an instant of `until` or before, and says how much that was. */
export function dropUntil(table: Table, ring: number, until: number): number {
  const { f64, u32 } = table;
  let dropped = 0;
  while (u32[ring + 2]! > 0) {
    const entry = entryAt(table, ring, 0);
    if (f64[entry]! > until) break;
    dropped += f64[entry + 1]!;
    dropFirst(u32, ring);
  }
  return dropped;
}

/**
 * Adds `amount`, more than 0, at an instant. Where the table cannot grow, the amount joins a later instant: that can only refuse for longer.
 */
export function addAt(table: Table, shard: number, ring: number, at: number, amount: number): void {
  const length = lengthOf(table, ring);
  const isLatest = length > 0 && table.f64[entryAt(table, ring, length - 1)]! < at;
  const index = isLatest ? length : search(table, ring, at);
  if (index < length) {
    const entry = entryAt(table, ring, index);
    if (table.f64[entry] === at) {
      table.f64[entry + 1]! += amount;
      return;
    }
  }
  insertAt(table, shard, ring, index, at, amount);
}

/** Takes up to `amount` that has exactly this instant, and says how much there was. */
export function takeAt(table: Table, ring: number, at: number, amount: number): number {
  const index = search(table, ring, at);
  if (index === lengthOf(table, ring)) return 0;
  if (table.f64[entryAt(table, ring, index)] !== at) return 0;
  return takeFrom(table, ring, index, amount);
}

/** Takes up to `amount`, the latest first, and says how much there was. */
export function takeLatest(table: Table, ring: number, amount: number): number {
  let taken = 0;
  while (taken < amount && lengthOf(table, ring) > 0) {
    taken += takeFrom(table, ring, lengthOf(table, ring) - 1, amount - taken);
  }
  return taken;
}

function insertAt(
  table: Table,
  shard: number,
  ring: number,
  index: number,
  at: number,
  amount: number,
): void {
  const length = lengthOf(table, ring);
  if (length === table.u32[ring + 3] && !enlarge(table, shard, ring)) {
    const entry = entryAt(table, ring, Math.min(index, length - 1));
    table.f64[entry] = Math.max(table.f64[entry]!, at);
    table.f64[entry + 1]! += amount;
    return;
  }
  const { f64, u32 } = table;
  u32[ring + 2] = length + 1;
  if (index < length / 2) {
    // The shorter side moves.
    u32[ring + 1] = (u32[ring + 1]! - 1) & (u32[ring + 3]! - 1);
    for (let to = 0; to < index; to++) move(table, ring, to + 1, to);
  } else {
    for (let to = length; to > index; to--) move(table, ring, to - 1, to);
  }
  const entry = entryAt(table, ring, index);
  f64[entry] = at;
  f64[entry + 1] = amount;
}

function takeFrom(table: Table, ring: number, index: number, amount: number): number {
  const entry = entryAt(table, ring, index);
  const there = table.f64[entry + 1]!;
  if (there > amount) {
    table.f64[entry + 1] = there - amount;
    return amount;
  }
  erase(table, ring, index);
  return there;
}

/** The index of the first entry at `at` or later. */
function search(table: Table, ring: number, at: number): number {
  const { f64 } = table;
  const length = lengthOf(table, ring);
  if (length === 0) return 0;
  // Almost every charge is the latest.
  const latest = f64[entryAt(table, ring, length - 1)]!;
  if (latest <= at) return latest < at ? length : length - 1;
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (f64[entryAt(table, ring, middle)]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function erase(table: Table, ring: number, index: number): void {
  const { u32 } = table;
  const last = lengthOf(table, ring) - 1;
  if (index < last / 2) {
    for (let to = index; to > 0; to--) move(table, ring, to - 1, to);
    dropFirst(u32, ring);
    return;
  }
  for (let to = index; to < last; to++) move(table, ring, to + 1, to);
  u32[ring + 2] = last;
}

function dropFirst(u32: Uint32Array, ring: number): void {
  u32[ring + 1] = (u32[ring + 1]! + 1) & (u32[ring + 3]! - 1);
  u32[ring + 2]!--;
}

function move(table: Table, ring: number, from: number, to: number): void {
  const { f64 } = table;
  const source = entryAt(table, ring, from);
  const target = entryAt(table, ring, to);
  f64[target] = f64[source]!;
  f64[target + 1] = f64[source + 1]!;
}

/** Moves the entries to a block twice as large; false when there is none. */
function enlarge(table: Table, shard: number, ring: number): boolean {
  const size = classOf(table.u32[ring + 3]!);
  const block = allocate(table, shard, size + 1);
  if (block === 0) return false;
  const { f64, u32 } = table;
  const length = lengthOf(table, ring);
  for (let index = 0; index < length; index++) {
    const source = entryAt(table, ring, index);
    f64[(block + index) * 2] = f64[source]!;
    f64[(block + index) * 2 + 1] = f64[source + 1]!;
  }
  free(table, shard, size, u32[ring]!);
  u32[ring] = block;
  u32[ring + 1] = 0;
  u32[ring + 3] = 2 << size;
  return true;
}
