import { markBusy } from "./marks.ts";
import type { Terms } from "./store.ts";
import type { Table } from "./table.ts";

/*
 * A token bucket, in the block of a count: its level, in units times `everyMs`, so that what drains in a millisecond is a whole number.
 * In the place of entries stand, as numbers, when the level was so, all units that were ever charged, and the scale of the level.
 */
const level = 1;
const emptyAt = 2;
const levelAt = 4;
const gross = 5;
const scale = 6;

/** The level in whole units, rounded up. */
export function levelOf({ f64 }: Table, count: number, { everyMs }: Terms): number {
  return Math.ceil(f64[count * 2 + level]! / everyMs);
}

/** Brings the level to `now`. */
export function drain({ f64 }: Table, count: number, terms: Terms, now: number): void {
  const base = count * 2;
  const { refill, everyMs } = terms;
  if (f64[base + scale] !== everyMs) {
    const before = f64[base + scale]! || 1;
    const units = Math.ceil(f64[base + level]! / before);
    // In other fractions it may be too large to be counted: it is then as large as can be.
    f64[base + level] = Math.min(units, Math.floor(Number.MAX_SAFE_INTEGER / everyMs)) * everyMs;
    f64[base + scale] = everyMs;
  }
  const drained = (now - f64[base + levelAt]!) * refill;
  if (drained > 0) f64[base + level] = Math.max(0, f64[base + level]! - drained);
  f64[base + levelAt] = now;
}

/** Until `cost` fits. */
export function waitMs({ f64 }: Table, count: number, terms: Terms, cost: number): number {
  const { capacity, refill, everyMs } = terms;
  const surplus = f64[count * 2 + level]! - (capacity - cost) * everyMs;
  return Math.max(0, Math.ceil(surplus / refill));
}

/** Until one unit has drained; 0 when nothing is charged. */
export function freesAfterMs({ f64 }: Table, count: number, { refill, everyMs }: Terms): number {
  const now = f64[count * 2 + level]!;
  const used = Math.ceil(now / everyMs);
  return used === 0 ? 0 : Math.ceil((now - (used - 1) * everyMs) / refill);
}

/** Charges `units`. */
export function fill(table: Table, count: number, terms: Terms, units: number, now: number): void {
  const { f64 } = table;
  const base = count * 2;
  f64[base + levelAt] = now;
  f64[base + scale] = terms.everyMs;
  f64[base + level]! += units * terms.everyMs;
  // Begun anew before it could no longer count by ones: what was reserved before then gives nothing back.
  const sum = f64[base + gross]! + units;
  f64[base + gross] = sum <= Number.MAX_SAFE_INTEGER ? sum : units;
  f64[base + emptyAt] = now + Math.ceil(f64[base + level]! / terms.refill);
  markBusy(table, count, f64[base + level]! * 2 > terms.capacity * terms.everyMs);
}

/** All that was ever charged. */
export function grossOf({ f64 }: Table, count: number): number {
  return f64[count * 2 + gross]!;
}

/** Gives up to `units` back, sparing as much as `since` units of the level, and says how many whole ones. */
export function giveBack(
  { f64 }: Table,
  count: number,
  { everyMs }: Terms,
  units: number,
  since: number,
): number {
  const there = Math.max(0, f64[count * 2 + level]! - since * everyMs);
  const taken = Math.min(units * everyMs, there);
  f64[count * 2 + level]! -= taken;
  return Math.floor(taken / everyMs);
}
