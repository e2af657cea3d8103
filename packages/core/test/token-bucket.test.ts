import { createLimiter, memoryStore, tokenBucket, type TokenBucketOptions } from "@sluice/core";
import { type Charged, manualClock, seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

type Numbers = Pick<TokenBucketOptions, "capacity" | "refill" | "every">;

function setUp(numbers: Numbers, startMs = 1_000) {
  const clock = manualClock(startMs);
  const bucket = tokenBucket({ name: "bucket", unit: "tokens", per: [], ...numbers });
  const limiter = createLimiter({ limits: [bucket], store: memoryStore({ clock }) });
  return { clock, limiter };
}

const hourMs = 3_600_000;

/** At, cost, whether it is allowed, and then what remains, or else how long to wait; `"never"` where waiting does not help. */
type Row = readonly [at: number, cost: number, allowed: boolean, left: number | "never"];

const tables: readonly (readonly [string, Numbers, readonly Row[]])[] = [
  [
    "3 per 7 ms, 10 at once",
    { capacity: 10, refill: 3, every: 7 },
    [
      [0, 10, true, 0],
      [0, 1, false, 3],
      [0, 3, false, 7],
      [2, 1, false, 1],
      [3, 1, true, 0],
      [4, 1, false, 1],
      [5, 1, true, 0],
      [7, 1, true, 0],
      [7, 10, false, 24],
      [30, 10, false, 1],
      [31, 10, true, 0],
      [31, 11, false, "never"],
      [1_000, 4, true, 6],
      [1_000, 7, false, 3],
      [1_002, 6, true, 0],
    ],
  ],
  [
    "90,000 per minute, 2,000 at once",
    { capacity: 2_000, refill: 90_000, every: "1m" },
    [
      [0, 2_000, true, 0],
      [0, 1, false, 1],
      [0, 2_000, false, 1_334],
      [1, 1, true, 0],
      [1, 2, false, 1],
      [2, 2, true, 0],
      [1_002, 1_500, true, 0],
      [1_002, 2_001, false, "never"],
      [61_002, 2_000, true, 0],
    ],
  ],
  [
    "1 per hour, 2 at once",
    { capacity: 2, refill: 1, every: "1h" },
    [
      [0, 1, true, 1],
      [1, 1, true, 0],
      [2, 1, false, hourMs - 2],
      [hourMs - 1, 1, false, 1],
      [hourMs, 1, true, 0],
      [hourMs, 2, false, 2 * hourMs],
      [3 * hourMs, 2, true, 0],
    ],
  ],
  [
    "as much as is there at once, 0 where there is none",
    { capacity: 0, refill: 1, every: 1 },
    [
      [0, 0, true, 0],
      [0, 1, false, "never"],
    ],
  ],
  [
    "7 per 3 ms, 1 at once: faster than it can be told",
    { capacity: 1, refill: 7, every: 3 },
    [
      [0, 1, true, 0],
      [0, 1, false, 1],
      [1, 1, true, 0],
      [2, 1, true, 0],
    ],
  ],
];

describe.each(tables)("a token bucket of %s", (_, numbers, rows) => {
  it("answers as the table says, and charges nothing that it refuses", () => {
    const { clock, limiter } = setUp(numbers);
    const answers = rows.map(([at, cost]): Row => {
      clock.advance(1_000 + at - clock());
      const decision = limiter.check({}, { tokens: cost });
      if (decision.allowed) return [at, cost, true, decision.limits[0]!.remaining];
      return [at, cost, false, decision.retryAfterMs ?? "never"];
    });
    expect(answers).toEqual(rows);
  });
});

describe("a token bucket", () => {
  it.each<[number, number, number]>([
    [10, 3, 7],
    [5, 7, 3],
    [1, 1, 13],
    [30, 11, 6],
  ])(
    "of %i, %i per %i ms, admits in no interval more than its burst and rate, and all that fits",
    (capacity, refill, every) => {
      const random = seededRandom(capacity * refill * every);
      const { clock, limiter } = setUp({ capacity, refill, every });
      const admitted: Charged[] = [];
      const bound = (ms: number): number => capacity * every + refill * ms;
      /** Whether `units` more now keep every interval that ends now within the bound, in fractions that are whole numbers. */
      const fits = (units: number): boolean => {
        let sum = units;
        if (sum * every > bound(0)) return false;
        for (const { atMs, units: earlier } of admitted.toReversed()) {
          sum += earlier;
          if (sum * every > bound(clock() - atMs)) return false;
        }
        return true;
      };
      const wrong: unknown[] = [];
      for (let asked = 0; asked < 1_500; asked++) {
        clock.advance(random.oneIn(3) ? 0 : random.integer(0, every));
        const units = random.integer(0, capacity + 1);
        const expected = fits(units);
        const { allowed } = limiter.check({}, { tokens: units });
        if (allowed !== expected) wrong.push([asked, units, allowed]);
        if (allowed) admitted.push({ atMs: clock(), units });
      }
      expect(wrong).toEqual([]);
      expect(admitted.length).toBeGreaterThan(100);
      expect(admitted.length).toBeLessThan(1_400);
    },
  );

  it("loses no fraction of a unit over a million requests' time", () => {
    const { clock, limiter } = setUp({ capacity: 3, refill: 3, every: 7 });
    limiter.check({}, { tokens: 3 });
    let admitted = 0;
    for (let ms = 1; ms <= 70_000; ms++) {
      clock.advance(1);
      if (limiter.check({}, { tokens: 1 }).allowed) admitted++;
    }
    expect(admitted).toBe(30_000);
  });

  it("is full again after it was idle for years, and holds no more", () => {
    const { clock, limiter } = setUp({ capacity: 5, refill: 90_000, every: "1m" });
    limiter.check({}, { tokens: 5 });
    clock.advance(100 * 365 * 24 * hourMs);
    expect(limiter.check({}, { tokens: 6 })).toMatchObject({ reason: "never-fits" });
    expect(limiter.check({}, { tokens: 5 })).toMatchObject({ allowed: true });
    expect(limiter.check({}, { tokens: 1 })).toMatchObject({ allowed: false });
  });
});

const whole = "must be a non-negative safe integer";
const product = (everyMs: number): string =>
  `must be at most ${Number.MAX_SAFE_INTEGER} when multiplied by the milliseconds for a whole part of the refill, ${everyMs}`;

describe("tokenBucket", () => {
  it.each([
    [{ refill: 0 }, "refill must be at least 1, got 0"],
    [{ refill: -1 }, `refill ${whole}, got -1`],
    [{ refill: 1.5 }, `refill ${whole}, got 1.5`],
    [{ capacity: Number.NaN }, `capacity ${whole}, got NaN`],
    [{ capacity: 2 ** 50, refill: 1, every: "1h" }, `capacity ${product(hourMs)}, got ${2 ** 50}`],
    [{ capacity: 2 ** 40, refill: 8, every: 65_544 }, `capacity ${product(8_193)}, got ${2 ** 40}`],
  ])("throws for %o: %s", (wrong, message) => {
    const options = { name: "bucket", capacity: 10, refill: 3, every: 7, per: [], ...wrong };
    expect(() => Reflect.apply(tokenBucket, undefined, [options])).toThrow(
      expect.objectContaining({ code: "invalid-option", message: `limit "bucket": ${message}` }),
    );
  });

  it("takes as much as can still be counted", () => {
    const { limiter } = setUp({ capacity: 2 ** 40, refill: 8, every: 65_528 });
    expect(limiter.check({}, { tokens: 2 ** 40 }).allowed).toBe(true);
    expect(limiter.check({}, { tokens: 1 })).toMatchObject({ retryAfterMs: 8_191 });
  });
});
