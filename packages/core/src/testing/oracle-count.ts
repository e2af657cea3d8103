import type { Claim, Terms } from "../store/store.ts";

/** Units charged at one instant: the end of their slot for what is kept, the end of the hold for what is held. */
interface Entry {
  readonly atMs: number;
  readonly units: number;
}

/** All that is charged to one subject under one limit, in lists, and its block. */
export interface OracleCount {
  /** Anew for every count that comes after one that was forgotten. */
  readonly birth: number;
  /** When all that is kept will have left, by the numbers that it was charged with. */
  keptUntilMs: number;
  blockedUntilMs: number;
  /** What stays until its slot leaves the window. */
  kept: readonly Entry[];
  /** What a lease would give back at its deadline. */
  held: readonly Entry[];
  /** Of a token bucket: units in parts of `everyMs`, as they were at `drainedAtMs`. */
  level: number;
  everyMs: number;
  drainedAtMs: number;
  /** Of a token bucket: all units that were ever charged. */
  gross: number;
}

/** A count of nothing. */
export function emptyCount(birth: number): OracleCount {
  const bucket = { level: 0, everyMs: 1, drainedAtMs: -Infinity, gross: 0 };
  const never = { keptUntilMs: -Infinity, blockedUntilMs: -Infinity };
  return { birth, ...never, kept: [], held: [], ...bucket };
}

/** The instant at which a charge made at `now` counts as made: for a fixed window, at which it leaves. */
export function slotOf(terms: Terms, now: number): number {
  if (terms.algorithm === "concurrency") return Infinity;
  if (terms.algorithm === "fixed-window") return terms.periodEndMs!(now);
  return Math.floor(now / terms.precisionMs) * terms.precisionMs + terms.precisionMs - 1;
}

/** Drops from `count`, for good, what has left by `now` as `terms` have it. */
export function look(count: OracleCount, terms: Terms, now: number): void {
  count.kept = count.kept.filter(({ atMs }) => atMs + terms.windowMs > now);
  count.held = count.held.filter(({ atMs }) => atMs > now);
  if (terms.algorithm !== "token-bucket") return;
  if (terms.everyMs !== count.everyMs) {
    const most = Math.floor(Number.MAX_SAFE_INTEGER / terms.everyMs);
    count.level = Math.min(most, Math.ceil(count.level / count.everyMs)) * terms.everyMs;
    count.everyMs = terms.everyMs;
  }
  count.level = Math.max(0, count.level - terms.refill * (now - count.drainedAtMs));
  count.drainedAtMs = now;
}

/**
 * Whether the count is forgotten at `now`: when all that is kept has left by the numbers that it was charged with, whatever those are
 * now, nothing is held, and nothing is blocked.
 */
export function isForgotten(count: OracleCount, now: number): boolean {
  const { kept, held, level, keptUntilMs, blockedUntilMs } = count;
  const keepsNothing = (kept.length === 0 && level === 0) || keptUntilMs <= now;
  return keepsNothing && held.every(({ atMs }) => atMs <= now) && blockedUntilMs <= now;
}

/** What is charged, in the numbers that must stay safe integers: a bucket's level, or units. */
export function totalOf({ kept, held, level }: OracleCount): number {
  return level + sum(kept) + sum(held);
}

/** Whole units charged, rounded up. */
export function usedOf({ kept, held, level, everyMs }: OracleCount): number {
  return sum(kept) + sum(held) + Math.ceil(level / everyMs);
}

/** Whether the claim has room; blocks aside. */
export function hasRoom(count: OracleCount, { terms, cost }: Claim): boolean {
  const { algorithm, capacity, everyMs } = terms;
  if (algorithm !== "token-bucket") return cost <= capacity - usedOf(count);
  return cost <= capacity && count.level <= (capacity - cost) * everyMs;
}

/** Milliseconds until the claim alone is allowed. */
export function waitFor(count: OracleCount, claim: Claim, now: number): number {
  const { terms, cost } = claim;
  if (cost > terms.capacity) return Infinity;
  const blockedFor = Math.max(0, count.blockedUntilMs - now);
  if (hasRoom(count, claim)) return blockedFor;
  if (terms.algorithm === "token-bucket") {
    const over = count.level - (terms.capacity - cost) * terms.everyMs;
    return Math.max(blockedFor, Math.ceil(over / terms.refill));
  }
  const enough = departures(count, terms).find(
    (at) => cost <= terms.capacity - usedAt(count, terms, at),
  );
  return Math.max(blockedFor, enough! - now);
}

/** Milliseconds until the oldest charge leaves, or a bucket's level is a whole unit lower; 0 when nothing is charged. */
export function freesAfter(count: OracleCount, terms: Terms, now: number): number {
  const used = usedOf(count);
  if (used === 0) return 0;
  if (terms.algorithm !== "token-bucket") return departures(count, terms)[0]! - now;
  return Math.ceil((count.level - (used - 1) * terms.everyMs) / terms.refill);
}

/** Charges `units` now, for good; concurrency keeps nothing. */
export function spend(count: OracleCount, terms: Terms, now: number, units: number): void {
  if (units === 0 || terms.algorithm === "concurrency") return;
  if (terms.algorithm !== "token-bucket") return keep(count, terms, slotOf(terms, now), units);
  count.level += units * terms.everyMs;
  count.gross += units;
  count.keptUntilMs = now + Math.ceil(count.level / terms.refill);
}

/** Changes what is kept in a slot by `units`, but not below 0. */
export function keep(count: OracleCount, terms: Terms, slotMs: number, units: number): void {
  count.kept = changed(count.kept, slotMs, units);
  if (units > 0) count.keptUntilMs = Math.max(count.keptUntilMs, slotMs + terms.windowMs);
}

/** Changes what is held until an instant by `units`, but not below 0. */
export function hold(count: OracleCount, untilMs: number, units: number): void {
  count.held = changed(count.held, untilMs, units);
}

/** Gives back up to `units`, the latest first; answers how many whole ones. */
export function giveBack(count: OracleCount, terms: Terms, units: number): number {
  if (terms.algorithm === "token-bucket") {
    const taken = Math.min(count.level, units * terms.everyMs);
    count.level -= taken;
    return Math.floor(taken / terms.everyMs);
  }
  let left = units;
  for (const entry of count.kept.toSorted((a, b) => b.atMs - a.atMs)) {
    const taken = Math.min(left, entry.units);
    count.kept = changed(count.kept, entry.atMs, -taken);
    left -= taken;
  }
  return units - left;
}

/** The entries with `units` more, or fewer but none below 0, at `atMs`. */
function changed(entries: readonly Entry[], atMs: number, units: number): readonly Entry[] {
  const before = entries.find((entry) => entry.atMs === atMs)?.units ?? 0;
  const others = entries.filter((entry) => entry.atMs !== atMs);
  const after = Math.max(0, before + units);
  return after === 0 ? others : [...others, { atMs, units: after }];
}

/** When any of it leaves, in order. */
function departures({ kept, held }: OracleCount, { windowMs }: Terms): number[] {
  const leaving = [...kept.map(({ atMs }) => atMs + windowMs), ...held.map(({ atMs }) => atMs)];
  return leaving.toSorted((a, b) => a - b);
}

/** What of it is still charged at `at`. */
function usedAt({ kept, held }: OracleCount, { windowMs }: Terms, at: number): number {
  return (
    sum(kept.filter(({ atMs }) => atMs + windowMs > at)) + sum(held.filter(({ atMs }) => atMs > at))
  );
}

function sum(entries: readonly Entry[]): number {
  return entries.reduce((total, { units }) => total + units, 0);
}
