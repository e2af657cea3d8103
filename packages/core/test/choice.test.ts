import {
  by,
  type BySubject,
  byTier,
  concurrency,
  createLimiter,
  fixedWindow,
  type Limit,
  memoryStore,
  slidingWindow,
  type Subject,
  tokenBucket,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const window = { name: "rpm", window: 100, per: ["tenant"] } as const;
const burst = { name: "burst", capacity: 10, refill: 1, every: 10, per: ["tenant"] } as const;
const rpm = (limit: BySubject<number>) => slidingWindow({ ...window, limit });
const capacityFor = (limit: BySubject<number>, subject: Subject): number =>
  rpm(limit).termsFor(subject).capacity;

const chain = by(
  "key",
  { vip: 1_000 },
  by(
    "tenant",
    { acme: 500, globex: by("model", { large: 50 }, 300) },
    by("model", { large: 5 }, 60),
  ),
);

const invalidSubject = (message: string): unknown =>
  expect.objectContaining({ code: "invalid-subject", message });

describe("a choice", () => {
  it.each<[Subject, number]>([
    [{ tenant: "acme", key: "vip", model: "large" }, 1_000],
    [{ tenant: "other", key: "vip" }, 1_000],
    [{ tenant: "acme", key: "other", model: "large" }, 500],
    [{ tenant: "acme" }, 500],
    [{ tenant: "globex", model: "large" }, 50],
    [{ tenant: "globex", model: "small" }, 300],
    [{ tenant: "globex" }, 300],
    [{ tenant: "other", model: "large" }, 5],
    [{ tenant: "other", model: "small" }, 60],
    [{ tenant: "other", key: undefined }, 60],
    [{}, 60],
  ])("by key, then tenant, then model gives %o %i", (subject, capacity) => {
    expect(capacityFor(chain, subject)).toBe(capacity);
  });

  it.each<[string, Subject, number]>([
    ["its tier", { tier: "pro" }, 600],
    ["the rest, of a tier that is not named", { tier: "gold" }, 7],
    ["the rest, without a tier", {}, 7],
    ["0 where that is the number", { tier: "none" }, 0],
  ])("by tier gives %s", (_, subject, capacity) => {
    expect(capacityFor(byTier({ free: 60, pro: 600, none: 0 }, 7), subject)).toBe(capacity);
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "length", ""])(
    "finds nothing for %j that nobody put into the table",
    (tier) => {
      expect(capacityFor(byTier({ free: 60 }, 7), { tier })).toBe(7);
      expect(() => capacityFor(byTier({ free: 60 }), { tier })).toThrow(
        invalidSubject('subject: limit "rpm" has nothing for its "tier"'),
      );
    },
  );

  it("finds what was put into the table under any name", () => {
    const table = JSON.parse('{ "__proto__": 1, "constructor": 2, "": 3 }') as Record<
      string,
      number
    >;
    expect(capacityFor(byTier(table), { tier: "__proto__" })).toBe(1);
    expect(capacityFor(byTier(table), { tier: "constructor" })).toBe(2);
    expect(capacityFor(byTier(table), { tier: "" })).toBe(3);
  });

  it("takes of a subject only its own values, and only strings", () => {
    const limit = byTier({ free: 60, "7": 9 }, 7);
    expect(capacityFor(limit, Object.create({ tier: "free" }) as Subject)).toBe(7);
    expect(capacityFor(limit, { tier: 7 } as unknown as Subject)).toBe(7);
    expect(capacityFor(by("__proto__", { free: 60 }, 7), {})).toBe(7);
    expect(capacityFor(by("constructor", { free: 60 }, 7), {})).toBe(7);
  });

  it.each<[BySubject<number>, Subject, string]>([
    [byTier({ free: 60 }), {}, "tier"],
    [byTier({ free: 60 }), { tier: "pro" }, "tier"],
    [by("key", { vip: 9 }, by("model", { large: 5 })), { key: "other" }, "model"],
    [by("model", { large: byTier({ free: 5 }) }, 60), { model: "large" }, "tier"],
  ])("refuses with an error a subject it has nothing for: %o, %o", (limit, subject, dimension) => {
    const limiter = createLimiter({ limits: [rpm(limit)], store: memoryStore() });
    const message = `subject: limit "rpm" has nothing for its "${dimension}"`;
    const asked = { tenant: "acme", ...subject };
    expect(() => limiter.check(asked)).toThrow(invalidSubject(message));
    expect(() => limiter.reserve(asked)).toThrow(invalidSubject(message));
    expect(() => limiter.peek(asked)).toThrow(invalidSubject(message));
    expect(() => limiter.penalize(asked, { requests: 1 })).toThrow(invalidSubject(message));
    expect(limiter.metrics()).toMatchObject({ total: 0, keys: 0 });
  });

  it("is not changed with the tables that it was made of", () => {
    const table = { free: 60 };
    const limit = rpm(byTier(table, 7));
    table.free = 1_000_000;
    Object.assign(table, { pro: 5 });
    expect(limit.termsFor({ tier: "free" }).capacity).toBe(60);
    expect(limit.termsFor({ tier: "pro" }).capacity).toBe(7);
  });

  it("comes to the same terms for the same numbers, and tells them where no subject is given", () => {
    const limit = rpm(by("key", { a: 60, b: 60, c: 9 }));
    expect(limit.termsFor({ key: "a" })).toBe(limit.termsFor({ key: "b" }));
    expect(limit.termsFor({ key: "c" }).capacity).toBe(9);
    expect(limit.termsFor().scope).toBe(limit.termsFor({ key: "c" }).scope);
  });
});

const whole = "must be a non-negative safe integer";
const duration = 'must be a positive duration of at most ten years, as 60000 or "1m"';
const either = "must be a value, or made by by() or byTier()";
const nothing = (option: string): string =>
  `limit "rpm": ${option} must be given at least one value, got an object`;
const wrong = (value: unknown): number => value as number;
const within = (limit: BySubject<number>) => () => rpm(limit);
const longest = (length: unknown) => () =>
  slidingWindow({ ...window, limit: 3, window: length as number });

describe("a limit made of choices", () => {
  it.each<[string, () => Limit]>([
    [`limit "rpm": limit for tier "pro" ${whole}, got -1`, within(byTier({ free: 1, pro: -1 }))],
    [`limit "rpm": limit ${whole}, got 0.5`, within(byTier({ free: 1 }, 0.5))],
    [
      `limit "rpm": limit for key "vip" for model "large" ${whole}, got NaN`,
      within(by("key", { vip: by("model", { small: 1, large: Number.NaN }) }, 5)),
    ],
    [
      `limit "rpm": limit for tenant "acme" ${whole}, got "9"`,
      within(by("key", { vip: 1 }, by("tenant", { acme: wrong("9") }, 5))),
    ],
    [`limit "rpm": limit for tier "a" ${whole}, got null`, within(byTier({ a: wrong(null) }))],
    [`limit "rpm": limit for tier "a" ${either}, got an object`, within(byTier({ a: wrong({}) }))],
    [`limit "rpm": limit ${either}, got an object`, within(wrong({ free: 60 }))],
    [`limit "rpm": limit ${either}, got an array of 1`, within(wrong([60]))],
    [
      `limit "rpm": window for tier "pro" ${duration}, got "soon"`,
      longest(byTier({ free: "1m", pro: "soon" })),
    ],
    [`limit "rpm": window for tier "a" ${duration}, got 0`, longest(byTier({ a: 0 }, 5))],
    [
      `limit "burst": capacity for tier "pro" ${whole}, got Infinity`,
      () => tokenBucket({ ...burst, capacity: byTier({ free: 1, pro: Infinity }) }),
    ],
    [
      `limit "burst": refill for tier "free" ${whole}, got -2`,
      () => tokenBucket({ ...burst, refill: byTier({ free: -2, pro: 1 }) }),
    ],
    [
      'limit "burst": refill must be at least 1, got 0',
      () => tokenBucket({ ...burst, refill: byTier({ free: 1, pro: 0 }) }),
    ],
    [
      `limit "daily": limit for tier "pro" ${whole}, got 1.5`,
      () => fixedWindow({ name: "daily", limit: byTier({ pro: 1.5 }), window: "day", per: [] }),
    ],
    [
      `limit "inflight": limit for tier "pro" ${whole}, got -1`,
      () => concurrency({ name: "inflight", limit: byTier({ pro: -1 }), per: [] }),
    ],
    [nothing("limit"), within(byTier({}))],
    [nothing("limit"), within(byTier({}, byTier({})))],
    [nothing('limit for tier "pro"'), within(byTier({ free: 5, pro: byTier({}) }))],
    [nothing("window"), longest(byTier({}))],
  ])("throws at once: %s", (message, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "invalid-option", message }));
  });

  it("holds each subject to a window of its own", () => {
    const clock = manualClock();
    const limit = slidingWindow({ ...window, limit: 2, window: byTier({ free: "1m", pro: "1s" }) });
    const limiter = createLimiter({ limits: [limit], store: memoryStore({ clock }) });
    const [free, pro] = [
      { tenant: "acme", tier: "free" },
      { tenant: "globex", tier: "pro" },
    ];
    for (const subject of [free, pro]) limiter.check(subject, { requests: 2 });
    expect(limiter.check(free)).toMatchObject({ retryAfterMs: 60_000 });
    expect(limiter.check(pro)).toMatchObject({ retryAfterMs: 1_000 });
    clock.advance(1_000);
    expect(limiter.check(pro).allowed).toBe(true);
    clock.advance(58_999);
    expect(limiter.check(free)).toMatchObject({ allowed: false, retryAfterMs: 1 });
    clock.advance(1);
    expect(limiter.check(free).allowed).toBe(true);
  });

  it("rounds each window by itself", () => {
    const limit = slidingWindow({ ...window, limit: 2, window: byTier({ free: "1m", pro: "1h" }) });
    expect(limit.termsFor({ tier: "free" })).toMatchObject({ windowMs: 60_000, precisionMs: 1 });
    expect(limit.termsFor({ tier: "pro" })).toMatchObject({ windowMs: 3_600_000, precisionMs: 60 });
  });

  it("may choose each of its numbers by another dimension", () => {
    const limit = tokenBucket({
      ...burst,
      capacity: by("tenant", { acme: 40 }, 10),
      refill: byTier({ free: 1, pro: 5 }),
    });
    expect(limit.termsFor({ tenant: "acme", tier: "pro" })).toMatchObject({
      capacity: 40,
      refill: 1,
      everyMs: 2,
    });
    expect(limit.termsFor({ tenant: "other", tier: "free" })).toMatchObject({
      capacity: 10,
      refill: 1,
      everyMs: 10,
    });
  });

  it("counts places in flight and days by who asks", () => {
    const day = fixedWindow({
      name: "day",
      limit: byTier({ free: 1, pro: 9 }),
      window: "day",
      per: [],
    });
    const places = concurrency({ name: "places", limit: byTier({ free: 1, pro: 2 }), per: [] });
    const limiter = createLimiter({
      limits: [day, places],
      store: memoryStore({ clock: manualClock() }),
    });
    expect(limiter.reserve({ tier: "free" }).allowed).toBe(true);
    expect(limiter.check({ tier: "free" }).limits.map(({ violated }) => violated)).toEqual([
      true,
      true,
    ]);
    expect(limiter.reserve({ tier: "pro" }).allowed).toBe(true);
    expect(limiter.reserve({ tier: "pro" })).toMatchObject({ allowed: false, limitedBy: "places" });
  });
});
