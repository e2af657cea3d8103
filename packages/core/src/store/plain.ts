import { keep, slotOf, waitMs } from "./count.ts";
import type { Engine } from "./engine.ts";
import { extension } from "./extension.ts";
import {
  entries,
  firstSlot,
  keptUntil,
  longestMs,
  mostEntries,
  mostUnits,
  ringWords,
  total,
  turnKept,
} from "./kept.ts";
import { busyBit, markBusy, marks, spilledBit } from "./marks.ts";
import { entryAt } from "./ring.ts";
import { findCount, touchCounts } from "./segments.ts";
import type { Claim } from "./store.ts";
import type { Table } from "./table.ts";

/**
 * Decides on claims where each count's line says it all, in one piece, so that it is compiled as one: the way that most decisions take.
 * `undefined` when a line does not; nothing has changed then, and the counts have been looked up.
 */
export function decidePlainly(
  engine: Engine,
  claims: readonly Claim[],
  from: number,
  now: number,
): "allowed" | "refused" | undefined {
  const { table, keys, counts, states } = engine;
  const { hashA, hashB } = keys;
  const { f64, u32 } = table;
  const { length } = claims;
  if (length > 1) touchCounts(table, hashA, hashB, from, from + length);
  let isPlain = true;
  let isWanted = false;
  let fits = true;
  for (let index = 0, at = 0; index < length; index++, at += 4) {
    const { terms, cost } = claims[index]!;
    const { capacity, windowMs } = terms;
    const count = findCount(table, hashA[from + index]!, hashB[from + index]!);
    counts[index] = count;
    if (count === 0) {
      // A concurrency limit holds nothing without a lease.
      if (terms.algorithm !== "concurrency" && cost > 0) isWanted = true;
      if (cost > capacity) fits = false;
      states[at] = 0;
      states[at + 2] = 0;
      continue;
    }
    const word = count * 4;
    const base = count * 2;
    const until = f64[base + keptUntil]!;
    if (windowMs === 0 || u32[word + extension] !== 0 || until <= now) {
      isPlain = false;
      continue;
    }
    let first = firstIn(f64, u32, count);
    if (first + windowMs <= now) {
      turnKept(table, count, windowMs, now);
      first = firstIn(f64, u32, count);
    }
    const used = f64[base + total]!;
    if (used === 0) isPlain = false;
    if (cost > capacity - used) fits = false;
    states[at] = used;
    states[at + 2] = first + windowMs - now;
  }
  if (!isPlain || (fits && isWanted)) return undefined;
  if (fits) chargePlainly(engine, claims, now);
  else refusePlainly(engine, claims, now);
  return fits ? "allowed" : "refused";
}

function refusePlainly(
  { table, counts, states }: Engine,
  claims: readonly Claim[],
  now: number,
): void {
  for (let index = 0, at = 0; index < claims.length; index++, at += 4) {
    const claim = claims[index]!;
    const { capacity } = claim.terms;
    const count = counts[index]!;
    const used = states[at]!;
    states[at + 1] = 0;
    states[at + 3] = 0;
    if (claim.cost <= capacity - used) continue;
    states[at + 1] = count === 0 ? Infinity : waitMs(table, count, claim, now);
    // Its limit may have been lowered since it was charged.
    if (count !== 0 && used * 2 > capacity) markBusy(table, count, true);
  }
}

function chargePlainly(
  { table, counts, states }: Engine,
  claims: readonly Claim[],
  now: number,
): void {
  for (let index = 0, at = 0; index < claims.length; index++, at += 4) {
    const { terms, cost } = claims[index]!;
    const { capacity, windowMs, precisionMs } = terms;
    const count = counts[index]!;
    states[at + 1] = 0;
    states[at + 3] = 0;
    if (count === 0 || cost === 0) continue;
    // Of each claim anew: the one before may have made the table grow.
    const { f64, u32 } = table;
    const slot = precisionMs === 1 ? now : slotOf(terms, now);
    const used = states[at]! + cost;
    states[at] = used;
    // By terms that were others before, what was charged may leave later.
    states[at + 2] = Math.min(states[at + 2]!, slot + windowMs - now);
    const word = count * 4;
    const base = count * 2;
    const line = u32[word + marks]!;
    const isSpilled = (line & spilledBit) !== 0;
    const isAdded = isSpilled
      ? addToRing(table, count, slot, cost)
      : addToLine(f64, u32, count, slot, cost, windowMs);
    if (!isAdded) {
      keep(table, count, terms, slot, cost);
      continue;
    }
    if (slot + windowMs > f64[base + keptUntil]!) f64[base + keptUntil] = slot + windowMs;
    f64[base + total] = used;
    u32[word + marks] = used * 2 > capacity ? line | busyBit : line & ~busyBit;
  }
}

/** The first slot of a count that keeps something. */
function firstIn(f64: Float64Array, u32: Uint32Array, count: number): number {
  return (u32[count * 4 + marks]! & spilledBit) === 0
    ? slotBefore(f64[count * 2 + keptUntil]!, u32[count * 4 + entries]!)
    : f64[count * 2 + firstSlot]!;
}

/** The latest slot that has these lower 32 bits and is not after `until`. */
function slotBefore(until: number, low: number): number {
  return until - (((until | 0) - low) >>> 0);
}

/** Adds to the last entry of a ring, or one behind it; false when it is for others to say how. */
function addToRing(table: Table, count: number, slot: number, units: number): boolean {
  const { f64, u32 } = table;
  const ring = count * 4 + ringWords;
  const length = u32[ring + 2]!;
  if (length === 0) return false;
  const last = entryAt(table, ring, length - 1);
  if (f64[last] === slot) {
    f64[last + 1]! += units;
    return true;
  }
  if (slot < f64[last]! || length === u32[ring + 3]) return false;
  const entry = entryAt(table, ring, length);
  f64[entry] = slot;
  f64[entry + 1] = units;
  u32[ring + 2] = length + 1;
  return true;
}

/** Adds to the last of the entries in a line, or one behind it; false when it is for others to say how. */
function addToLine(
  f64: Float64Array,
  u32: Uint32Array,
  count: number,
  slot: number,
  units: number,
  windowMs: number,
): boolean {
  const at = count * 4 + entries;
  let end = at + 2;
  while (end < at + mostEntries * 2 && u32[end + 1] !== 0) end += 2;
  const until = f64[count * 2 + keptUntil]!;
  const last = slotBefore(until, u32[end - 2]!);
  if (slot + windowMs - slotBefore(until, u32[at]!) > longestMs) return false;
  if (last === slot) {
    const sum = u32[end - 1]! + units;
    if (sum < mostUnits) u32[end - 1] = sum;
    return sum < mostUnits;
  }
  const isLater = last < slot && units < mostUnits && end < at + mostEntries * 2;
  if (!isLater) return false;
  u32[end] = slot | 0;
  u32[end + 1] = units;
  return true;
}
