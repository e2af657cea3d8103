import { createLimiter, fixedWindow, memoryStore, type Period } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const daily = (window: Period, timeZone: string, limit = 1) =>
  fixedWindow({ name: "daily", limit, window, timeZone, per: [] });

const endOf = (window: Period, timeZone: string, atMs: number): number =>
  daily(window, timeZone).termsFor().periodEndMs!(atMs);

/** A zone, an instant, and the end of the period that it lies in there. */
type Row = readonly [zone: string, period: Period, at: string, end: string, why: string];

const rows: readonly Row[] = [
  ["UTC", "day", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z", "from its first instant"],
  ["UTC", "day", "2026-03-10T23:59:59.999Z", "2026-03-11T00:00:00Z", "to its last"],
  ["UTC", "day", "2024-02-28T12:00:00Z", "2024-02-29T00:00:00Z", "before a leap day"],
  ["UTC", "day", "2024-02-29T12:00:00Z", "2024-03-01T00:00:00Z", "on a leap day"],
  ["UTC", "day", "2100-02-28T12:00:00Z", "2100-03-01T00:00:00Z", "a century without one"],
  ["UTC", "day", "2025-12-31T12:00:00Z", "2026-01-01T00:00:00Z", "at the end of a year"],
  ["UTC", "week", "2026-03-16T00:00:00Z", "2026-03-23T00:00:00Z", "from Monday"],
  ["UTC", "week", "2026-03-15T23:59:59.999Z", "2026-03-16T00:00:00Z", "to Sunday"],
  ["UTC", "week", "2025-12-31T12:00:00Z", "2026-01-05T00:00:00Z", "across the years"],
  ["UTC", "week", "2024-02-29T12:00:00Z", "2024-03-04T00:00:00Z", "across a leap day"],
  ["UTC", "month", "2026-01-31T23:59:59.999Z", "2026-02-01T00:00:00Z", "of 31 days"],
  ["UTC", "month", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "of 28 days"],
  ["UTC", "month", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "of 29 days"],
  ["UTC", "month", "2025-12-15T00:00:00Z", "2026-01-01T00:00:00Z", "at the end of a year"],

  ["Europe/Berlin", "day", "2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z", "of 23 hours"],
  ["Europe/Berlin", "day", "2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z", "of 25 hours"],
  ["Europe/Berlin", "day", "2025-10-26T00:30:00Z", "2025-10-26T23:00:00Z", "02:30 before"],
  ["Europe/Berlin", "day", "2025-10-26T01:30:00Z", "2025-10-26T23:00:00Z", "02:30 again"],
  ["Europe/Berlin", "week", "2025-03-26T12:00:00Z", "2025-03-30T22:00:00Z", "begun in winter"],
  ["Europe/Berlin", "month", "2025-03-15T12:00:00Z", "2025-03-31T22:00:00Z", "begun in winter"],
  ["Europe/Berlin", "month", "2025-10-15T12:00:00Z", "2025-10-31T23:00:00Z", "begun in summer"],
  ["America/New_York", "day", "2025-03-09T05:00:00Z", "2025-03-10T04:00:00Z", "of 23 hours"],
  ["America/New_York", "day", "2025-11-02T04:00:00Z", "2025-11-03T05:00:00Z", "of 25 hours"],
  ["America/New_York", "day", "2026-01-01T04:59:59.999Z", "2026-01-01T05:00:00Z", "last year's"],
  ["America/New_York", "week", "2025-11-01T12:00:00Z", "2025-11-03T05:00:00Z", "of 169 hours"],
  ["Asia/Kathmandu", "day", "2025-01-01T00:00:00Z", "2025-01-01T18:15:00Z", "at a quarter past"],
  ["Australia/Lord_Howe", "day", "2025-10-04T13:30:00Z", "2025-10-05T13:00:00Z", "23 h 30"],
  ["Australia/Lord_Howe", "day", "2025-04-05T13:00:00Z", "2025-04-06T13:30:00Z", "24 h 30"],

  ["America/Santiago", "day", "2025-04-05T03:00:00Z", "2025-04-06T04:00:00Z", "23 h comes twice"],
  ["America/Santiago", "day", "2025-04-06T03:30:00Z", "2025-04-06T04:00:00Z", "the second time"],
  ["America/Santiago", "day", "2025-09-06T04:00:00Z", "2025-09-07T04:00:00Z", "no midnight next"],
  ["America/Santiago", "day", "2025-09-07T04:00:00Z", "2025-09-08T03:00:00Z", "begun at 01:00"],
  ["America/Havana", "day", "2024-11-02T12:00:00Z", "2024-11-03T04:00:00Z", "two midnights next"],
  ["America/Havana", "day", "2024-11-03T04:30:00Z", "2024-11-04T05:00:00Z", "after the first"],
  ["America/Havana", "day", "2024-11-03T05:00:00Z", "2024-11-04T05:00:00Z", "at the second"],
  ["America/Havana", "day", "2024-03-09T12:00:00Z", "2024-03-10T05:00:00Z", "no midnight next"],
  ["Asia/Beirut", "day", "2024-03-30T12:00:00Z", "2024-03-30T22:00:00Z", "no midnight next"],
  ["Asia/Beirut", "week", "2024-03-27T12:00:00Z", "2024-03-31T21:00:00Z", "of 167 hours"],
  ["Asia/Beirut", "day", "2024-10-26T12:00:00Z", "2024-10-26T22:00:00Z", "23 h comes twice"],
  ["Africa/Cairo", "day", "2023-04-27T12:00:00Z", "2023-04-27T22:00:00Z", "no midnight next"],
  ["Africa/Cairo", "day", "2023-10-26T21:30:00Z", "2023-10-26T22:00:00Z", "23:30 again"],

  ["Pacific/Apia", "day", "2011-12-30T09:59:59.999Z", "2011-12-30T10:00:00Z", "the 30th never was"],
  ["Pacific/Apia", "day", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "of 24 hours before it"],
  ["Pacific/Apia", "day", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z", "the 31st after it"],
  ["Pacific/Apia", "week", "2011-12-28T12:00:00Z", "2012-01-01T10:00:00Z", "of six days"],
  ["Pacific/Apia", "month", "2011-12-28T12:00:00Z", "2011-12-31T10:00:00Z", "of 30 days"],

  ["America/St_Johns", "day", "2010-11-07T02:29:00Z", "2010-11-07T02:30:00Z", "at first midnight"],
  ["America/St_Johns", "day", "2010-11-07T02:30:30Z", "2010-11-08T03:30:00Z", "after midnight"],
  ["America/St_Johns", "day", "2010-11-07T02:31:00Z", "2010-11-07T03:30:00Z", "23:01 again"],
];

describe("a period of the calendar", () => {
  it.each(rows)("in %s: the %s of %s ends at %s (%s)", (zone, period, at, end) => {
    expect(new Date(endOf(period, zone, Date.parse(at)))).toEqual(new Date(end));
  });

  it("ends at the first instant of a later one, in any zone", () => {
    const [from, to] = [Date.UTC(1970), Date.UTC(2060)];
    const property = fc.property(
      fc.constantFrom(...Intl.supportedValuesOf("timeZone")),
      fc.constantFrom<Period>("day", "week", "month"),
      fc.integer({ min: from, max: to }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (zone, period, atMs, part) => {
        const end = endOf(period, zone, atMs);
        const periodAt = localPeriod(zone, period);
        const asked = periodAt(atMs);
        expect(end).toBeGreaterThan(atMs);
        expect(periodAt(end) > asked).toBe(true);
        expect(periodAt(end - 1) > asked).toBe(false);
        expect(periodAt(atMs + Math.floor((end - 1 - atMs) * part)) > asked).toBe(false);
      },
    );
    fc.assert(property, { numRuns: 1_500 });
  });

  it.each([
    ["America/Santiago", Date.UTC(2025, 3, 4), Date.UTC(2025, 3, 8)],
    ["America/Santiago", Date.UTC(2025, 8, 5), Date.UTC(2025, 8, 9)],
    ["Asia/Beirut", Date.UTC(2024, 2, 29), Date.UTC(2024, 3, 2)],
    ["Pacific/Apia", Date.UTC(2011, 11, 28), Date.UTC(2012, 0, 1)],
  ])("is the same whoever asked before: %s", (zone, from, to) => {
    const asked = daily("day", zone).termsFor().periodEndMs!;
    for (let atMs = from; atMs < to; atMs += 1_234_567) {
      expect(asked(atMs)).toBe(endOf("day", zone, atMs));
    }
    for (let atMs = to; atMs > from; atMs -= 1_234_567) {
      expect(asked(atMs)).toBe(endOf("day", zone, atMs));
    }
  });
});

describe("a fixed window", () => {
  it.each(rows)(
    "in %s: what is spent of the %s at %s frees at %s, and not a millisecond before (%s)",
    (zone, period, at, end) => {
      const clock = manualClock(Date.parse(at));
      const store = memoryStore({ clock });
      const limiter = createLimiter({ limits: [daily(period, zone, 2)], store });
      expect(limiter.check({}, { requests: 2 }).allowed).toBe(true);
      const waitMs = Date.parse(end) - Date.parse(at);
      expect(limiter.check({})).toMatchObject({ reason: "over-limit", retryAfterMs: waitMs });
      clock.advance(waitMs - 1);
      expect(limiter.check({})).toMatchObject({ reason: "over-limit", retryAfterMs: 1 });
      clock.advance(1);
      expect(limiter.check({}, { requests: 2 })).toMatchObject({
        allowed: true,
        limits: [{ used: 2, remaining: 0 }],
      });
    },
  );

  it("keeps within a period what was spent at its start, and what was spent at its end", () => {
    const clock = manualClock(Date.parse("2025-10-25T22:00:00Z"));
    const limiter = createLimiter({
      limits: [daily("day", "Europe/Berlin", 2)],
      store: memoryStore({ clock }),
    });
    expect(limiter.check({}).allowed).toBe(true);
    clock.advance(24 * 3_600_000);
    expect(limiter.check({})).toMatchObject({ allowed: true, limits: [{ used: 2 }] });
    expect(limiter.check({})).toMatchObject({ allowed: false, retryAfterMs: 3_600_000 });
  });

  const period = 'limit "daily": window must be "day", "week" or "month", got';
  const zone = 'limit "daily": timeZone must be one that this runtime knows, got';

  it.each([
    [{ window: "year" }, `${period} "year"`],
    [{ window: "Day" }, `${period} "Day"`],
    [{ window: undefined }, `${period} undefined`],
    [{ window: 86_400_000 }, `${period} 86400000`],
    [{ timeZone: "Europe/Atlantis" }, `${zone} "Europe/Atlantis"`],
    [{ timeZone: "" }, `${zone} ""`],
    [{ timeZone: null }, `${zone} null`],
    [{ timeZone: 7 }, `${zone} 7`],
  ])("throws for %o: %s", (wrong, message) => {
    const options = { name: "daily", limit: 1, window: "day", per: [], ...wrong };
    expect(() => Reflect.apply(fixedWindow, undefined, [options])).toThrow(
      expect.objectContaining({ code: "invalid-option", message }),
    );
  });
});

/** The first date of the period that an instant lies in, by the clocks of `zone`: later for a later period. */
function localPeriod(zone: string, period: Period): (atMs: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" });
  return (atMs) => {
    const date = format.format(atMs);
    if (period === "day") return date;
    if (period === "month") return date.slice(0, 7);
    const midnight = Date.parse(`${date}T00:00:00Z`);
    const sinceMonday = (new Date(midnight).getUTCDay() + 6) % 7;
    return new Date(midnight - sinceMonday * 86_400_000).toISOString().slice(0, 10);
  };
}
