import { dropCount, isEmpty, spareableUntil } from "./count.ts";
import { leaseAt } from "./lease-index.ts";
import { age, dropLease, isForgotten, isSettled } from "./leases.ts";
import { tryLock, unlock } from "./locks.ts";
import { countIn, lines, pageAt, placeOf } from "./segments.ts";
import {
  countCursorWord,
  header,
  leaseCursorWord,
  maskWord,
  refresh,
  shardOf,
  shards,
  type Table,
  wordOf,
} from "./table.ts";

/** For each count and each lease that a call may add it looks at two, so that the idle go as fast as others come. */
const lookedAtPerEntry = 2;
/** How many are looked at in one shard when there is no room, and in all at most for each that is wanted. */
const sampled = 4;
const sampledAtMost = 64;

/** How counts and leases are looked at. */
export interface Sweep {
  now: number;
  readonly rememberMs: number;
  /** Leases found to have expired, and not yet told of. */
  expired: number;
  /** Where a table whose shards are all at hand is looked at next. */
  shard: number;
}

/**
 * Looks at some blocks of a shard, going round; forgets what is idle, unless it `isKept`, shows the others to `consider`, and says how
 * many it saw.
 */
type Look = (
  table: Table,
  sweep: Sweep,
  shard: number,
  most: number,
  consider?: (block: number) => void,
  isKept?: (hashA: number, hashB: number) => boolean,
) => number;

/** How many leases were found to have expired, to be told of now. */
export function takeExpired(sweep: Sweep): number {
  const { expired } = sweep;
  sweep.expired = 0;
  return expired;
}

/** Looks at a few counts of a shard, and forgets those that are empty. Others may move. */
export function sweepCounts(table: Table, sweep: Sweep, shard: number): void {
  lookAtCounts(table, sweep, shard, lookedAtPerEntry);
}

/** Looks at a few leases of a shard, and forgets those that need not be remembered. */
export function sweepLeases(table: Table, sweep: Sweep, shard: number): void {
  lookAtLeases(table, sweep, shard, lookedAtPerEntry);
}

/** Looks at everything in a shard, and forgets what is idle. */
export function sweepAll(table: Table, sweep: Sweep, shard: number): void {
  lookAtCounts(table, sweep, shard, Infinity);
  lookAtLeases(table, sweep, shard, Infinity);
}

/** Has the next look begin where the count of a hash will stand: its page is then at hand anyway. */
export function aimAt(table: Table, sweep: Sweep, hashA: number, hashB: number): void {
  sweep.shard = shardOf(hashA);
  table.u32[wordOf(sweep.shard, countCursorWord)] = placeOf(table, hashA, hashB);
}

/** A block that may be forgotten for others, by its hash, since blocks move, and when it would be idle anyway. */
export interface Spare {
  readonly hashA: number;
  readonly hashB: number;
  readonly until: number;
}

/**
 * The counts that must be forgotten so that there is room for `wanted` more: of the few that it looks at, those that would be empty
 * first. `undefined` when there is no room. `atHand` are the shards to look at; without it all are.
 */
export function spareCounts(
  table: Table,
  sweep: Sweep,
  wanted: number,
  atHand: Int32Array | undefined,
  isKept: (hashA: number, hashB: number) => boolean,
): readonly Spare[] | undefined {
  const there = table.u32[header.keys]!;
  const missing = (): number => table.u32[header.keys]! + wanted - table.u32[header.maxKeys]!;
  const untilOf = (count: number): number => spareableUntil(table, count, sweep.now);
  return choose(table, sweep, lookAtCounts, there, missing, wanted, atHand, untilOf, isKept);
}

/** Alike for one more lease: the outcome of one that has settled may be forgotten early. */
export function spareLeases(
  table: Table,
  sweep: Sweep,
  atHand: Int32Array | undefined,
): readonly Spare[] | undefined {
  const there = table.u32[header.leases]!;
  const missing = (): number => table.u32[header.leases]! + 1 - table.u32[header.maxLeases]!;
  const untilOf = (lease: number): number => (isSettled(table, lease) ? 0 : Infinity);
  return choose(table, sweep, lookAtLeases, there, missing, 1, atHand, untilOf, () => false);
}

function choose(
  table: Table,
  sweep: Sweep,
  look: Look,
  there: number,
  missing: () => number,
  wanted: number,
  atHand: Int32Array | undefined,
  untilOf: (block: number) => number,
  isKept: (hashA: number, hashB: number) => boolean,
): readonly Spare[] | undefined {
  const spares: Spare[] = [];
  if (missing() <= 0) return spares;
  const consider = (block: number): void => {
    const until = untilOf(block);
    const [hashA, hashB] = [table.u32[block * 4]! | 0, table.u32[block * 4 + 1]! | 0];
    // What moved up may be looked at twice.
    const isKnown = spares.some((one) => one.hashA === hashA && one.hashB === hashB);
    if (until < Infinity && !isKnown && !isKept(hashA, hashB)) spares.push({ hashA, hashB, until });
  };
  const visits = atHand?.length ?? shards;
  // All of a few, however they are spread.
  const most = there <= sampledAtMost ? there : sampled * wanted;
  let looked = 0;
  for (let visit = 0; visit < visits && looked < sampledAtMost * wanted; visit++) {
    const shard = atHand?.[visit] ?? sweep.shard;
    sweep.shard = (sweep.shard + 1) % shards;
    looked += look(table, sweep, shard, most, consider, isKept);
    if (spares.length >= missing() && looked >= sampled * wanted) break;
  }
  // Of shards that are not at hand only what is idle can go.
  const others = atHand === undefined ? 0 : shards;
  for (let visit = 0; visit < others && missing() > spares.length; visit++) {
    sweep.shard = (sweep.shard + 1) % shards;
    if (!tryLock(table, sweep.shard)) continue;
    refresh(table);
    look(table, sweep, sweep.shard, sampled * wanted);
    unlock(table, sweep.shard);
  }
  const excess = Math.max(0, missing());
  return spares.length < excess
    ? undefined
    : spares.toSorted((one, other) => one.until - other.until).slice(0, excess);
}

const lookAtCounts: Look = (table, sweep, shard, most, consider, isKept) => {
  const { u32 } = table;
  const cursorAt = wordOf(shard, countCursorWord);
  let place = Math.floor(u32[cursorAt]! / 64);
  let line = u32[cursorAt]! % 64 || 1;
  let at = pageAt(table, shard, place);
  const [firstPage, firstLine] = [at?.page, line];
  let seen = 0;
  // No more empty lines than there may be beside those that are looked for.
  for (let left = most + 2 * lines; at !== undefined && left > 0 && seen < most; left--) {
    const count = countIn(table, at.page, line);
    if (count !== 0) {
      seen++;
      // The counts of the call at hand are charged next, though nothing may be charged to them yet.
      const [hashA, hashB] = [u32[count * 4]! | 0, u32[count * 4 + 1]! | 0];
      if (isEmpty(table, count, sweep.now) && isKept?.(hashA, hashB) !== true) {
        dropCount(table, count);
        // What moves up into its line is looked at next.
        continue;
      }
      consider?.(count);
    }
    if (++line > lines) {
      line = 1;
      place = at.next;
      at = pageAt(table, shard, place);
    }
    // Once round.
    if (at?.page === firstPage && line === firstLine) break;
  }
  u32[cursorAt] = place * 64 + line;
  return seen;
};

const lookAtLeases: Look = (table, sweep, shard, most, consider) => {
  const { u32 } = table;
  const cursorAt = wordOf(shard, leaseCursorWord);
  let left = Math.min(u32[wordOf(shard, maskWord)]! + 1, most * 8);
  let seen = 0;
  while (left > 0 && seen < most) {
    const lease = leaseAt(table, shard, u32[cursorAt]!);
    if (lease === undefined) break;
    if (lease !== 0) {
      seen++;
      if (age(table, lease, sweep.now, sweep.rememberMs)) sweep.expired++;
      if (isForgotten(table, lease, sweep.now)) {
        dropLease(table, lease);
        // What moves up into its place is looked at next.
        continue;
      }
      consider?.(lease);
    }
    u32[cursorAt]!++;
    left--;
  }
  return seen;
};
