import { advance, amount, createTimeline, instant, type Timeline } from "./timeline.ts";

/** All that is charged under one key. Two timelines, so that both are nearly always added to at their ends. */
export interface Count {
  /** Charges that stay until their slot leaves the window. */
  readonly kept: Timeline;
  /** What leases hold, and would give back where they would expire. */
  readonly held: Timeline;
}

/** A count of nothing. */
export function createCount(): Count {
  return { kept: createTimeline(), held: createTimeline() };
}

/** Drops what has left by `now`. */
export function turn({ kept, held }: Count, now: number): void {
  advance(kept, now);
  advance(held, now);
}

/** All that is charged. */
export function total({ kept, held }: Count): number {
  return kept.total + held.total;
}

/** When the oldest charge leaves; `Infinity` when there is none. */
export function soonest({ kept, held }: Count): number {
  return Math.min(instant(kept, 0), instant(held, 0));
}

/** When at least `units`, more than 0 and no more than are charged, will have left. */
export function freeAt({ kept, held }: Count, units: number): number {
  let freed = 0;
  let at = Infinity;
  let nextKept = 0;
  let nextHeld = 0;
  while (freed < units) {
    const isKept = instant(kept, nextKept) <= instant(held, nextHeld);
    const line = isKept ? kept : held;
    const index = isKept ? nextKept++ : nextHeld++;
    at = instant(line, index);
    freed += amount(line, index);
  }
  return at;
}
