import type { Clock } from "../clock.ts";

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves it by `ms`, back when negative. */
  advance(ms: number): void;
}

/** A clock that tells `startMs` until it is moved. Default: 1,000,000. */
export function manualClock(startMs = 1_000_000): ManualClock {
  let now = startMs;
  const advance = (ms: number): void => {
    now += ms;
  };
  return Object.assign(() => now, { advance });
}
