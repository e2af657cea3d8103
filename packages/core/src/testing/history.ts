import type { Limit } from "../limit.ts";

/** Units that were charged at an instant. */
export interface Charged {
  readonly atMs: number;
  readonly units: number;
}

/** All that was charged after `fromMs`, up to and at `untilMs`. */
export function sumCharged(
  history: readonly Charged[],
  fromMs: number = -Infinity,
  untilMs: number = Infinity,
): number {
  return history.reduce(
    (sum, { atMs, units }) => (atMs > fromMs && atMs <= untilMs ? sum + units : sum),
    0,
  );
}

/**
 * Whether `cost` at `now` keeps the promise of a limit, told by all that it has admitted: no window, period, burst or
 * time in flight holds more than it may. `sparedMs` is how much longer a charge may count, for the slots of a sliding window.
 * For limits whose numbers depend on no subject.
 */
export function keepsPromise(
  limit: Limit,
  history: readonly Charged[],
  now: number,
  cost: number,
  sparedMs = 0,
): boolean {
  const { capacity, windowMs, refill, everyMs } = limit.termsFor({});
  switch (limit.algorithm) {
    case "sliding-window":
      return sumCharged(history, now - windowMs - sparedMs) + cost <= capacity;
    case "concurrency":
      // Its leases are taken to be left to expire.
      return sumCharged(history, now - limit.expiresAfterMs) + cost <= capacity;
    case "fixed-window": {
      const dateOf = dateIn(limit.timeZone);
      const today = history.filter(({ atMs }) => dateOf(atMs) === dateOf(now));
      return sumCharged(today) + cost <= capacity;
    }
    case "token-bucket":
      return [...history, { atMs: now }].every(({ atMs }) => {
        const burst = sumCharged(history, atMs - 1) + cost;
        return (burst - capacity) * everyMs <= refill * (now - atMs);
      });
  }
}

const dates = new Map<string, Intl.DateTimeFormat>();

/** What the calendar on the wall says, asked in another way than limits do. */
function dateIn(timeZone: string): (atMs: number) => string {
  const format = dates.get(timeZone) ?? new Intl.DateTimeFormat("en-CA", { timeZone });
  dates.set(timeZone, format);
  return (atMs) => format.format(atMs);
}
