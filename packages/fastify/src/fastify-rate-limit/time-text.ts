const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const yearMs = 365.25 * dayMs;

const unitMs = new Map(
  [
    [1, "ms", "msec", "msecs", "millisecond", "milliseconds"],
    [1_000, "s", "sec", "secs", "second", "seconds"],
    [minuteMs, "m", "min", "mins", "minute", "minutes"],
    [hourMs, "h", "hr", "hrs", "hour", "hours"],
    [dayMs, "d", "day", "days"],
    [7 * dayMs, "w", "wk", "wks", "week", "weeks"],
    [yearMs, "y", "yr", "yrs", "year", "years"],
  ].flatMap(([ms, ...names]) => names.map((name) => [name, Number(ms)] as const)),
);

/** The milliseconds of a text as `"1 minute"`, `"1.5h"` or `"500"`; not a number for any other, and for none. */
export function textMs(text: string): number {
  const [, digits, unit] = /^(\d*\.?\d+) *([a-z]*)$/.exec(text.toLowerCase()) ?? [];
  return Number(digits) * (unit === "" ? 1 : (unitMs.get(unit ?? "") ?? Number.NaN)) || Number.NaN;
}

const steps = [
  [yearMs, "year"],
  [dayMs, "day"],
  [hourMs, "hour"],
  [minuteMs, "minute"],
  [1_000, "second"],
] as const;

/** `ms` in words, by the largest unit that it fills: `"2 minutes"`. */
export function inWords(ms: number): string {
  const [unit, name] = steps.find(([least]) => ms >= least) ?? [1, "ms"];
  const count = Math.round(ms / unit);
  return `${count} ${name}${count === 1 || name === "ms" ? "" : "s"}`;
}
