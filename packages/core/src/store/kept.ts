import { isSpilled, setSpilled } from "./marks.ts";
import {
  addAt,
  beginRing,
  dropUntil,
  endRing,
  entryAt,
  lengthOf,
  takeAt,
  takeLatest,
} from "./ring.ts";
import { shardOf, type Table } from "./table.ts";

/*
 * What a count keeps until it leaves: amounts by the slots they were charged in. Up to four stand in the count's own line, the lower
 * 32 bits of the slot and the amount in a word each; the slots all lie within 49 days before the time when nothing will be kept. What
 * does not fit so spills into a ring, and in its place stand the words of the ring, and the first slot: so that most calls need not look
 * there to see that nothing has left.
 */
export const total = 1;
export const keptUntil = 2;
export const entries = 8;
export const ringWords = 8;
export const firstSlot = 6;
export const mostEntries = 4;
export const mostUnits: number = 2 ** 32;
/** What two windows and two slots may be long to be told by 32 bits. */
export const longestMs: number = 2 ** 32 - 2 ** 27;
const firstRingClass = 3;

/** All that is kept. */
export function keptOf({ f64 }: Table, count: number): number {
  return f64[count * 2 + total]!;
}

/** When nothing will be kept any more, unless more is charged. */
export function keptUntilOf({ f64 }: Table, count: number): number {
  return f64[count * 2 + keptUntil]!;
}

/** Whether nothing was ever kept. */
export function isFresh({ f64 }: Table, count: number): boolean {
  return f64[count * 2 + keptUntil] === -Infinity;
}

/** Begins, or begins anew, with nothing. */
export function keepNothing(table: Table, count: number): void {
  const { f64, u32 } = table;
  if (isSpilled(table, count)) endRing(table, shardOf(u32[count * 4]!), count * 4 + ringWords);
  setSpilled(table, count, false);
  u32.fill(0, count * 4 + entries, count * 4 + entries + mostEntries * 2);
  f64[count * 2 + total] = 0;
  f64[count * 2 + keptUntil] = -Infinity;
}

/** The slot that leaves first; `Infinity` when nothing is kept. */
export function firstKept(table: Table, count: number): number {
  if (table.f64[count * 2 + total] === 0) return Infinity;
  return isSpilled(table, count) ? table.f64[count * 2 + firstSlot]! : slotAt(table, count, 0);
}

/** Drops what has left by `now`, which is `windowMs` after its slot. */
export function turnKept(table: Table, count: number, windowMs: number, now: number): void {
  if (firstKept(table, count) + windowMs > now) return;
  const { f64, u32 } = table;
  const base = count * 2;
  if (isSpilled(table, count)) {
    const ring = count * 4 + ringWords;
    f64[base + total]! -= dropUntil(table, ring, now - windowMs);
    return noteFirst(table, count);
  }
  const length = lengthIn(u32, count);
  let gone = 1;
  while (gone < length && slotAt(table, count, gone) + windowMs <= now) gone++;
  const at = count * 4 + entries;
  let dropped = 0;
  for (let index = 0; index < gone; index++) dropped += u32[at + index * 2 + 1]!;
  u32.copyWithin(at, at + gone * 2, at + mostEntries * 2);
  u32.fill(0, at + (mostEntries - gone) * 2, at + mostEntries * 2);
  f64[base + total]! -= dropped;
}

/** The slot of the entry at `index`; `Infinity` beyond the last. */
export function keptSlot(table: Table, count: number, index: number): number {
  if (index >= lengthOfKept(table, count)) return Infinity;
  return isSpilled(table, count)
    ? table.f64[entryAt(table, count * 4 + ringWords, index)]!
    : slotAt(table, count, index);
}

/** The amount of the entry at `index`. */
export function keptAmount(table: Table, count: number, index: number): number {
  return isSpilled(table, count)
    ? table.f64[entryAt(table, count * 4 + ringWords, index) + 1]!
    : table.u32[count * 4 + entries + index * 2 + 1]!;
}

/** Adds `units`, more than 0, in a slot that leaves `windowMs` after. */
export function addKept(
  table: Table,
  count: number,
  slot: number,
  units: number,
  windowMs: number,
): void {
  const base = count * 2;
  const until = Math.max(table.f64[base + keptUntil]!, slot + windowMs);
  if (isSpilled(table, count)) {
    addAt(table, shardOf(table.u32[count * 4]!), count * 4 + ringWords, slot, units);
    noteFirst(table, count);
  } else if (!addInline(table, count, slot, units, until)) {
    if (spill(table, count)) return addKept(table, count, slot, units, windowMs);
    return squeeze(table, count, slot, units, until);
  }
  table.f64[base + keptUntil] = until;
  table.f64[base + total]! += units;
}

/** Takes up to `units` out of a slot. */
export function takeKept(table: Table, count: number, slot: number, units: number): void {
  const { f64, u32 } = table;
  if (isSpilled(table, count)) {
    f64[count * 2 + total]! -= takeAt(table, count * 4 + ringWords, slot, units);
    return noteFirst(table, count);
  }
  for (let index = 0; index < lengthIn(u32, count); index++) {
    if (slotAt(table, count, index) === slot) {
      f64[count * 2 + total]! -= takeInline(u32, count, index, units);
      return;
    }
  }
}

/** Takes up to `units` out of the latest slots, and says how many there were. */
export function takeLatestKept(table: Table, count: number, units: number): number {
  const { f64, u32 } = table;
  let taken = 0;
  if (isSpilled(table, count)) {
    taken = takeLatest(table, count * 4 + ringWords, units);
    noteFirst(table, count);
  } else {
    while (taken < units && lengthIn(u32, count) > 0) {
      taken += takeInline(u32, count, lengthIn(u32, count) - 1, units - taken);
    }
  }
  f64[count * 2 + total]! -= taken;
  return taken;
}

function lengthOfKept(table: Table, count: number): number {
  return isSpilled(table, count)
    ? lengthOf(table, count * 4 + ringWords)
    : lengthIn(table.u32, count);
}

function lengthIn(u32: Uint32Array, count: number): number {
  const first = count * 4 + entries + 1;
  let length = 0;
  while (length < mostEntries && u32[first + length * 2] !== 0) length++;
  return length;
}

function slotAt({ f64, u32 }: Table, count: number, index: number): number {
  const until = f64[count * 2 + keptUntil]!;
  return until - (((until | 0) - u32[count * 4 + entries + index * 2]!) >>> 0);
}

/** False when it does not fit in the count's line. */
function addInline(
  table: Table,
  count: number,
  slot: number,
  units: number,
  until: number,
): boolean {
  const { f64, u32 } = table;
  const length = lengthIn(u32, count);
  if (units >= mostUnits) return false;
  if (until - Math.min(slot, firstKept(table, count)) > longestMs) return false;
  const at = count * 4 + entries;
  const before = f64[count * 2 + keptUntil]!;
  let index = length;
  // Almost every charge is the latest.
  for (; index > 0; index--) {
    const other = before - (((before | 0) - u32[at + index * 2 - 2]!) >>> 0);
    if (other === slot) {
      const sum = u32[at + index * 2 - 1]! + units;
      if (sum < mostUnits) u32[at + index * 2 - 1] = sum;
      return sum < mostUnits;
    }
    if (other < slot) break;
  }
  if (length === mostEntries) return false;
  for (let to = length * 2 + 1; to >= index * 2 + 2; to--) u32[at + to] = u32[at + to - 2]!;
  u32[at + index * 2] = slot | 0;
  u32[at + index * 2 + 1] = units;
  return true;
}

function takeInline(u32: Uint32Array, count: number, index: number, units: number): number {
  const first = count * 4 + entries;
  const at = first + index * 2;
  const there = u32[at + 1]!;
  if (there > units) {
    u32[at + 1] = there - units;
    return units;
  }
  u32.copyWithin(at, at + 2, first + mostEntries * 2);
  u32[first + mostEntries * 2 - 1] = 0;
  return there;
}

/** Takes note of the first slot of a ring. */
function noteFirst(table: Table, count: number): void {
  const ring = count * 4 + ringWords;
  if (lengthOf(table, ring) > 0) {
    table.f64[count * 2 + firstSlot] = table.f64[entryAt(table, ring, 0)]!;
  }
}

/** Moves the entries of the line to a ring; false when there is no room for one. */
function spill(table: Table, count: number): boolean {
  const length = lengthIn(table.u32, count);
  const moved: (readonly [slot: number, amount: number])[] = [];
  for (let index = 0; index < length; index++) {
    moved.push([slotAt(table, count, index), keptAmount(table, count, index)]);
  }
  const at = count * 4 + entries;
  const shard = shardOf(table.u32[count * 4]!);
  if (!beginRing(table, shard, at, firstRingClass)) return false;
  for (const [slot, amount] of moved) addAt(table, shard, at, slot, amount);
  setSpilled(table, count, true);
  noteFirst(table, count);
  return true;
}

/**
 * Without memory for a ring all becomes one entry, which leaves last. It counts no further than a word does: what is more leaves with it, since
 * nothing is kept then.
 */
function squeeze(table: Table, count: number, slot: number, units: number, until: number): void {
  const { f64, u32 } = table;
  const at = count * 4 + entries;
  const length = lengthIn(u32, count);
  const last = length === 0 ? slot : Math.max(slot, slotAt(table, count, length - 1));
  f64[count * 2 + total]! += units;
  f64[count * 2 + keptUntil] = until;
  u32.fill(0, at, at + mostEntries * 2);
  u32[at] = last | 0;
  u32[at + 1] = Math.min(f64[count * 2 + total]!, mostUnits - 1);
}
