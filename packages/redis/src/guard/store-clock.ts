import { type Clock, steadyClock } from "@sluice/core";

/** The store's time, as far as this process can tell. */
export interface StoreClock {
  readonly now: Clock;
  /** The store said so just now. */
  hear(atMs: number): void;
}

/** Follows the store's answers; steps of this machine's own clock change nothing. By `clock`, it is the time itself. */
export function storeClock(clock: Clock | undefined): StoreClock {
  if (clock !== undefined) return { now: steadyClock(clock), hear: () => {} };
  let offset = Date.now() - performance.now();
  return {
    now: () => Math.floor(performance.now() + offset),
    hear: (atMs) => void (offset = atMs - performance.now()),
  };
}
