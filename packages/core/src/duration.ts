import { shown, SluiceError } from "./errors.ts";

/** A length of time: milliseconds, or digits with a unit, as `"250ms"`, `"10s"`, `"1m"`, `"24h"`, `"7d"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const unitMs = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
const form = /^(\d{1,15})(ms|s|m|h|d)$/;
const longestMs = 3_660 * 86_400_000;

/**
 * The milliseconds of `duration`, a positive integer of at most ten years.
 * Throws `invalid-option` naming `option` for anything else.
 */
export function durationMs(duration: Duration, option: string): number {
  const ms = typeof duration === "string" ? parse(duration) : duration;
  if (Number.isInteger(ms) && ms > 0 && ms <= longestMs) return ms;
  throw new SluiceError(
    "invalid-option",
    `${option} must be a positive duration of at most ten years, as 60000 or "1m", got ${shown(duration)}`,
  );
}

function parse(text: string): number {
  const [, digits, unit = ""] = form.exec(text) ?? [];
  return Number(digits) * (unitMs.get(unit) ?? Number.NaN);
}
