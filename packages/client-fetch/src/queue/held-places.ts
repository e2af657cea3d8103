import type { Timing } from "../timing.ts";
import type { QueueClass } from "./classes.ts";
import type { Places } from "./places.ts";

/** One place upstream, taken then, in milliseconds since 1970. */
interface HeldPlace {
  readonly atMs: number;
}

/** The places of a lane that are taken. */
export interface HeldPlaces {
  readonly size: number;
  take(atMs: number): HeldPlace;
  free(place: HeldPlace): void;
  /** A call of the class came: what is kept for the class is kept for a minute. */
  saw(classIndex: number): void;
  /** Whether a call of the class may have one, beside what is kept for the others. */
  readonly hasRoom: (classIndex: number) => boolean;
  /** Frees one place that was held for too long: whoever had it forgot it. Answers when that is so of the oldest. */
  reclaim(nowMs: number): number;
}

const seenForMs = 60_000;

/** No place taken, of as many as `places` has, each held for `holdMs` at most. */
export function createHeldPlaces(
  timing: Timing,
  classes: readonly QueueClass[],
  places: Places,
  holdMs: number,
): HeldPlaces {
  const seenAtMs = classes.map(() => -Infinity);
  /** The oldest first. */
  const held = new Set<HeldPlace>();

  return {
    get size() {
      return held.size;
    },
    take(atMs) {
      const place = { atMs };
      held.add(place);
      return place;
    },
    free: (place) => void held.delete(place),
    saw: (classIndex) => void (seenAtMs[classIndex] = timing.now()),
    hasRoom(classIndex) {
      const nowMs = timing.now();
      let kept = 0;
      for (const [index, { share }] of classes.entries()) {
        if (index !== classIndex && nowMs - seenAtMs[index]! < seenForMs) kept += share;
      }
      return held.size < Math.max(1, places.limit * (1 - kept));
    },
    reclaim(nowMs) {
      const [oldest] = held;
      if (oldest === undefined) return Infinity;
      const lostAtMs = oldest.atMs + holdMs;
      if (lostAtMs <= nowMs) held.delete(oldest);
      return lostAtMs;
    },
  };
}
