import type { Terms } from "@sluice/core";

type PeriodEnd = NonNullable<Terms["periodEndMs"]>;

/** When the period ends that an instant from `fromMs` on lies in, and when the one after it does. */
export interface Periods {
  readonly fromMs: number;
  readonly firstEndMs: number;
  readonly secondEndMs: number;
}

/** Tells the periods around now. */
export type PeriodsOf = (periodEndMs: PeriodEnd) => Periods;

/** Some time before the estimate, in case it is ahead. */
const marginMs = 1_000;

/** Tells the periods around `nowMs`, which is an estimate; those told last for a limit as long as they hold. */
export function periodCache(): (periodEndMs: PeriodEnd, nowMs: number) => Periods {
  const known = new WeakMap<PeriodEnd, Periods>();
  return (periodEndMs, nowMs) => {
    const last = known.get(periodEndMs);
    if (last && last.fromMs <= nowMs && nowMs < last.secondEndMs - marginMs) return last;
    const fromMs = nowMs - marginMs;
    const firstEndMs = periodEndMs(fromMs);
    const next = { fromMs, firstEndMs, secondEndMs: periodEndMs(firstEndMs) };
    known.set(periodEndMs, next);
    return next;
  };
}

/** Estimates the server's time by what it said last, and a clock that never steps. */
export function serverTime(): {
  readonly hear: (atMs: number) => void;
  readonly tell: () => number;
} {
  let heardMs: number | undefined;
  let heardAt = 0;
  return {
    hear(atMs) {
      heardMs = atMs;
      heardAt = performance.now();
    },
    tell: () =>
      heardMs === undefined ? Date.now() : Math.floor(heardMs + performance.now() - heardAt),
  };
}
