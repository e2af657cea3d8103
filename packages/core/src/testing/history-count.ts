import type { Terms } from "../store/store.ts";
import type { GrantRecord, LostRecord, RefusalRecord } from "./history-record.ts";

/** Units that a count gained or lost. */
export interface Change {
  readonly atMs: number;
  /** By the store's rule: at the end of the slot, the period or, as in flight, never. */
  readonly leavesAtMs: number;
  readonly units: number;
  /** The part of it that nobody asked room for. */
  readonly overage: number;
  /** What it stems from; the store knows nothing of what was granted without it. */
  readonly cause: "grant" | "lease" | "given-back" | "without-store";
}

/** All that a history says of one count. */
export interface CountHistory {
  /** The same for those that came after a reset. */
  readonly key: string;
  readonly limit: string;
  readonly subject: string;
  readonly terms: Terms;
  readonly changes: Change[];
  /** Decisions by the order in which they were made, replays aside. */
  readonly decisions: (GrantRecord | RefusalRecord)[];
  readonly lost: LostRecord[];
  /** Units ever charged, and ever given back by an adjustment. */
  charged: number;
  givenBack: number;
}

/** A charge under a lease, or for good. */
export interface Part {
  count: CountHistory;
  leavesAtMs: number;
  readonly estimate: number;
  charged: number;
  overage: number;
  /** All that was reported; `undefined` before the first time. */
  used: number | undefined;
  /** Whether its deadline or its settlement has been booked. */
  state: "live" | "expired" | "settled";
}

/** When a charge made at `atMs` leaves; one made who knows when has left. */
export function leavesAt(terms: Terms, atMs: number): number {
  if (atMs === -Infinity) return atMs;
  const { algorithm, windowMs, precisionMs, periodEndMs } = terms;
  if (algorithm === "sliding-window") {
    return Math.floor(atMs / precisionMs) * precisionMs + precisionMs - 1 + windowMs;
  }
  return algorithm === "fixed-window" ? periodEndMs!(atMs) : Infinity;
}

/** Adds a change to a count. */
export function book(count: CountHistory, change: Change): void {
  if (change.units === 0) return;
  count.changes.push(change);
  if (change.cause === "given-back") count.givenBack -= change.units;
  else count.charged += Math.max(0, change.units);
}

/** Charges a lease `all` in all, at `atMs`: what has left stays so, and what is more is charged now. */
export function recharge(part: Part, all: number, atMs: number): void {
  const { count, charged } = part;
  const hasLeft = part.leavesAtMs <= atMs;
  const leavesAtMs = hasLeft ? leavesAt(count.terms, atMs) : part.leavesAtMs;
  const isHeld = count.terms.algorithm !== "concurrency";
  const late = isHeld ? Math.max(0, all - charged) : 0;
  const units = hasLeft ? late : all - charged;
  // A live lease is charged its estimate at least, and an expired one has given it back.
  const overage = units > 0 ? units : -Math.min(part.overage, -units);
  book(count, { atMs, leavesAtMs, units, overage, cause: "lease" });
  part.overage += overage;
  part.charged = all;
}

/** The part's count was reset, and is now `count`: what was charged is as what has left. */
export function forget(part: Part, count: CountHistory): void {
  part.count = count;
  // Where nothing was charged, nothing was forgotten.
  if (part.charged > 0) part.leavesAtMs = -Infinity;
}

/** Books what the deadline of a live lease does to it. */
export function expire(part: Part, deadlineMs: number): void {
  part.state = "expired";
  const { onExpiry } = part.count.terms;
  if (onExpiry === "charge-estimate" || part.leavesAtMs <= deadlineMs) return;
  recharge(part, onExpiry === "refund" ? 0 : (part.used ?? 0), deadlineMs);
}
