import { shown, SluiceError } from "../errors.ts";
import { fail } from "../options.ts";

/** A part of the calendar. A week begins on Monday (ISO 8601). */
export type Period = "day" | "week" | "month";

const dayMs = 86_400_000;
/** Two months before the last instant of a `Date`. */
const latestMs = 8_640_000_000_000_000 - 62 * dayMs;

/**
 * Tells when the period ends that an instant lies in, by the clocks of `timeZone`: at the first instant of the next one, also where
 * a change of the clocks leaves out midnight, or has it twice. Throws `invalid-option`.
 */
export function calendar(period: Period, timeZone: string, at: string): (atMs: number) => number {
  if (period !== "day" && period !== "week" && period !== "month") {
    fail(`${at} window`, '"day", "week" or "month"', period);
  }
  const localMs = localClock(timeZone, at);
  // Of the period asked for last, which is nearly always the one asked for next.
  let from = Infinity;
  let until = -Infinity;
  return (atMs) => {
    if (Math.abs(atMs) > latestMs) {
      const expected = "milliseconds since 1970, within what a Date can hold";
      throw new SluiceError("invalid-clock", `clock: must tell ${expected}, got ${shown(atMs)}`);
    }
    if (atMs < from || atMs >= until) {
      until = firstInstant(nextPeriod(localMs(atMs), period), atMs);
      from = atMs;
    }
    return until;
  };

  /** The first instant after `atMs` at which the local clocks show `midnight` or later. */
  function firstInstant(midnight: number, atMs: number): number {
    // The clocks may be changed within a day of it: the offset before or the one after leads there.
    const guesses = [-dayMs, dayMs].map((aside) => {
      const near = midnight + aside;
      return midnight - (localMs(near) - near);
    });
    const sooner = Math.min(...guesses);
    return sooner > atMs && localMs(sooner) >= midnight ? sooner : Math.max(...guesses);
  }
}

/** The midnight that begins the period after the one of `local`; both as if the local clocks told UTC. */
function nextPeriod(local: number, period: Period): number {
  const date = new Date(local);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (period === "month") return Date.UTC(year, month + 1, 1);
  const days = period === "day" ? 1 : 7 - ((date.getUTCDay() + 6) % 7);
  return Date.UTC(year, month, day + days);
}

/** What the clocks of `timeZone` show at an instant, to the second, as if they told UTC. */
function localClock(timeZone: string, at: string): (atMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    fail(`${at} timeZone`, "one that this runtime knows", timeZone);
  }
  return (atMs) => {
    const fields: Partial<Record<string, number>> = {};
    for (const { type, value } of format.formatToParts(atMs)) fields[type] = Number(value);
    const { year, month, day, hour, minute, second } = fields;
    return (
      Date.UTC(year!, month! - 1, day, hour, minute, second) +
      (atMs - Math.floor(atMs / 1000) * 1000)
    );
  };
}
