import { slidingWindow, type SlidingWindowLimit } from "@sluice/core";

/** What a thread is told to do. */
export type SharedTask =
  | {
      readonly kind: "uniform";
      readonly keys: number;
      readonly calls: number;
      readonly seed: number;
    }
  | { readonly kind: "race"; readonly racedKeys: number };

/** What a thread did, by the clock that all threads share. */
export interface Turn {
  readonly startMs: number;
  readonly endMs: number;
  readonly calls: number;
  /** How many were admitted: of all keys, or of each raced one. */
  readonly admitted: readonly number[];
}

/** Of the table of a million keys. */
export const sharedLimit: SlidingWindowLimit = slidingWindow({
  name: "rpm",
  limit: 100,
  window: "1m",
  per: ["user"],
});

/** What a key allows that threads race for. */
export const raceCapacity = 10_000;

/** Of a key that threads race for: each asks for all of it. */
export const raceLimit: SlidingWindowLimit = slidingWindow({
  name: "race",
  limit: raceCapacity,
  window: "1m",
  per: ["user"],
});
