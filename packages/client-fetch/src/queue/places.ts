import { failOption } from "@sluice/core";

import type { Cause } from "../cause.ts";

/** Options of the places in flight. */
export interface PlacesOptions {
  /** At first. Default: 64. */
  readonly initial?: number;
  /** Default: 4. */
  readonly min?: number;
  /** Default: 1,000. */
  readonly max?: number;
}

/** How many calls may be in flight at a time: as many as answers begin as fast as they usually do. */
export interface Places {
  readonly limit: number;
  /** The first content of an answer came after so long, with so many in flight. */
  firstToken(tookMs: number, inFlight: number): void;
  /** A call ended, that was one of so many in flight. */
  finish(cause: Cause, inFlight: number): void;
}

const tolerance = 2;
const smoothing = 0.2;
// While few places are used, slowness is none of ours: twice as slow for good is usual after 70 looks.
const drift = 1.01;
const backOff = 0.9;

/**
 * Places that follow the time to the first token, by its gradient (as in Netflix's concurrency-limits): while answers begin later than twice as late
 * as usual, the limit shrinks towards the ratio, by half at most; else it grows towards its square root more while at least half of it is used. A server
 * that reports overload, times out or cannot be reached while so many are used takes a tenth of it. Throws `invalid-option`.
 */
export function createPlaces(options: PlacesOptions = {}): Places {
  const { initial = 64, min = 4, max = 1_000 } = options;
  for (const [name, value] of Object.entries({ initial, min, max })) {
    const isPlaces = Number.isSafeInteger(value) && value >= 1;
    if (!isPlaces) failOption(`queue: places ${name}`, "an integer from 1", value);
  }
  if (min > max) failOption("queue: places min", `at most max, ${max}`, min);
  let limit = Math.min(Math.max(initial, min), max);
  let usualMs: number | undefined;
  let sumMs = 0;
  let count = 0;
  let isUsed = false;
  let sinceCut = 0;
  let cutAfter = 1;

  function set(next: number): void {
    limit = Math.min(max, Math.max(min, next));
  }

  return {
    get limit() {
      return Math.floor(limit);
    },
    firstToken(tookMs, inFlight) {
      sumMs += tookMs;
      count += 1;
      isUsed ||= inFlight * 2 >= limit;
      // About once for each time that all places were used.
      if (count < Math.max(10, limit / 2)) return;
      const nowMs = Math.max(1, sumMs / count);
      // With the least in flight it takes as long as it takes.
      const isLeast = limit < min + 1;
      usualMs = isLeast ? nowMs : Math.min((usualMs ?? nowMs) * (isUsed ? 1 : drift), nowMs);
      const gradient = Math.max(0.5, Math.min(1, (tolerance * usualMs) / nowMs));
      const next = gradient < 1 ? limit * gradient : limit + Math.sqrt(limit);
      if (next < limit || isUsed) set(limit + (next - limit) * smoothing);
      sumMs = 0;
      count = 0;
      isUsed = false;
    },
    finish(cause, inFlight) {
      sinceCut += 1;
      if (cause !== "overloaded" && cause !== "timeout" && cause !== "connection") return;
      // Once for all that were in flight together, and not where these were few: fewer places would help nobody.
      if (sinceCut < cutAfter || inFlight * 2 < limit) return;
      sinceCut = 0;
      cutAfter = limit;
      set(limit * backOff);
    },
  };
}
