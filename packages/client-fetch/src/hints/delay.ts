import { httpDateMs } from "./http-date.ts";

/** When a response came: by this clock, and by its own `Date`. */
export interface Received {
  readonly nowMs: number;
  /** Its `Date`, which tells an instant that it names from now without either clock being right. */
  readonly dateMs: number | undefined;
}

/** When the response with `headers` came. */
export function receivedAt(headers: Headers, nowMs: number): Received {
  const date = headers.get("date");
  return { nowMs, dateMs: date === null ? undefined : httpDateMs(date, nowMs) };
}

const unitMs = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
const term = String.raw`\d{1,15}(?:\.\d{1,12})?(?:ns|us|µs|μs|ms|s|m|h|d)`;
const number = /^\d{1,15}(?:\.\d{1,12})?$/;
const durationForm = new RegExp(`^(?:${term} ?)+$`);
const instantForm = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** A duration as Go, protobuf and messages write it, at the beginning of a text: `6m0s`, `12ms`, `1h 2m 3.5s`. */
export const durationTerms: string = `(?:${term} ?)+`;

/**
 * How long from when it was received `text` says, in whole milliseconds, rounded up; `undefined` unless it is one of: a number, which
 * is of seconds, from 10⁹ of seconds since 1970, and from 10¹² of milliseconds since 1970; a duration as Go or protobuf prints it
 * (`6m0s`, `1.5s`); RFC 3339; an HTTP-date. 0 and what is past come out as 0; a negative is none of them.
 */
export function delayOf(text: string, received: Received): number | undefined {
  if (text.length > 64) return undefined;
  const trimmed = text.trim();
  if (number.test(trimmed)) {
    const value = Number(trimmed);
    if (value < 1e9) return wholeMs(value * 1000);
    if (value < 1e14) return until(value < 1e12 ? value * 1000 : value, received);
    return undefined;
  }
  if (durationForm.test(trimmed)) return durationOf(trimmed);
  const instant = instantForm.test(trimmed)
    ? Date.parse(trimmed.toUpperCase().replace(" ", "T"))
    : (httpDateMs(trimmed, received.nowMs) ?? Number.NaN);
  return Number.isNaN(instant) ? undefined : until(instant, received);
}

/** The milliseconds of a number of milliseconds, rounded up; `undefined` unless it is one. */
export function delayOfMs(text: string): number | undefined {
  return number.test(text.trim()) ? wholeMs(Number(text)) : undefined;
}

function durationOf(text: string): number {
  let total = 0;
  for (const [, digits, unit = ""] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    total += Number(digits) * unitMs.get(unit)!;
  }
  return wholeMs(total);
}

function until(instantMs: number, { nowMs, dateMs }: Received): number {
  return wholeMs(instantMs - (dateMs ?? nowMs));
}

// What binary fractions add must not become a millisecond more.
function wholeMs(ms: number): number {
  return Math.max(0, Math.ceil(ms - 1e-4));
}
