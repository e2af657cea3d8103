import type { Change } from "./history-count.ts";

/** What a count holds at an instant, and what came to it at just that instant. */
export interface Sums {
  /** All that is charged. */
  readonly units: number;
  /** The part of it that nobody asked room for. */
  readonly overage: number;
  /** Of what came just now: all that raised it, all that lowered it, and the overage. */
  readonly now: { readonly raised: number; readonly lowered: number; readonly overage: number };
  /** Goes on to `atMs`, never back. */
  readonly goUpTo: (atMs: number) => void;
}

/**
 * Adds up changes as time goes on: what came up to and at an instant, less what has left by then. A charge leaves `earlyMs`
 * before its slot's end does.
 */
export function sumsOf(changes: readonly Change[], earlyMs: number): Sums {
  const leaveMs = ({ leavesAtMs }: Change): number => leavesAtMs - earlyMs;
  const seen = changes.filter((change) => change.atMs < leaveMs(change));
  const coming = seen.toSorted((a, b) => a.atMs - b.atMs);
  const leaving = seen
    .filter(({ leavesAtMs }) => leavesAtMs < Infinity)
    .toSorted((a, b) => a.leavesAtMs - b.leavesAtMs);
  let come = 0;
  let left = 0;
  let nowMs = -Infinity;
  const now = { raised: 0, lowered: 0, overage: 0 };
  const sums = { units: 0, overage: 0, now, goUpTo };
  function goUpTo(atMs: number): void {
    if (atMs === nowMs) return;
    nowMs = atMs;
    Object.assign(now, { raised: 0, lowered: 0, overage: 0 });
    for (; come < coming.length && coming[come]!.atMs <= atMs; come++) {
      const change = coming[come]!;
      sums.units += change.units;
      sums.overage += change.overage;
      if (change.atMs < atMs) continue;
      if (change.units > 0) now.raised += change.units;
      else now.lowered -= change.units;
      now.overage += Math.max(0, change.overage);
    }
    for (; left < leaving.length && leaveMs(leaving[left]!) <= atMs; left++) {
      sums.units -= leaving[left]!.units;
      sums.overage -= leaving[left]!.overage;
    }
  }
  return sums;
}
