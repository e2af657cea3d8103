import {
  byTier,
  concurrency,
  createLimiter,
  type Duration,
  fixedWindow,
  type Limit,
  memoryStore,
  rateLimitHeaders,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: "1m", per });
const tpm = slidingWindow({
  name: "tpm",
  limit: 1_000,
  window: "1h",
  precisionMs: 1,
  unit: "tokens",
  per,
});
const inflight = concurrency({ name: "inflight", limit: 8, per });
const burst = slidingWindow({ name: "burst", limit: 2, window: 1_500, per });
const huge = slidingWindow({ name: "huge", limit: Number.MAX_SAFE_INTEGER, window: "1s", per });
const slots = concurrency({ name: "slots", limit: 8, unit: "gpu", per });

const bucket = tokenBucket({ name: "burst", capacity: 4, refill: 2, every: "5s", per });
const uneven = tokenBucket({ name: "uneven", capacity: 3, refill: 7, every: "1s", per });
const daily = fixedWindow({ name: "daily", limit: 5, window: "day", per });
const tiered = slidingWindow({
  name: "tiered",
  limit: byTier({ free: 3, pro: 30 }),
  window: byTier<Duration>({ free: "1m", pro: "10s" }),
  per,
});

const acme = { tenant: "acme" };

function setUp(...limits: readonly Limit[]) {
  const clock = manualClock(0);
  return { clock, limiter: createLimiter({ limits, store: memoryStore({ clock }) }) };
}

describe("rateLimitHeaders", () => {
  it.each<[string, Limit[], string, string]>([
    ["one limit", [rpm], '"rpm";q=3;w=60', '"rpm";r=2;t=60'],
    [
      "three limits",
      [rpm, tpm, inflight],
      '"rpm";q=3;w=60, "tpm";q=1000;qu="tokens";w=3600, "inflight";q=8;qu="concurrent-requests"',
      '"rpm";r=2;t=60, "tpm";r=800;t=3600, "inflight";r=8',
    ],
    ["a window that is not of whole seconds", [burst], '"burst";q=2', '"burst";r=1;t=2'],
    [
      "a capacity of more than 15 digits",
      [huge],
      '"huge";q=999999999999999;w=1',
      '"huge";r=999999999999999;t=1',
    ],
    ["another unit in flight", [slots], '"slots";q=8;qu="gpu"', '"slots";r=8'],
    ["a token bucket, by the time that fills it", [bucket], '"burst";q=4;w=10', '"burst";r=3;t=3'],
    ["one that no whole seconds fill", [uneven], '"uneven";q=3', '"uneven";r=2;t=1'],
    ["a day of the calendar", [daily], '"daily";q=5', '"daily";r=4;t=86400'],
  ])("says of %s what it is and what remains", (_, limits, policy, state) => {
    const decision = setUp(...limits).limiter.check(acme, { tokens: 200, gpu: 2 });
    expect(rateLimitHeaders(decision)).toEqual({ "RateLimit-Policy": policy, RateLimit: state });
  });

  it("has the seconds until the oldest charge leaves, rounded up, or the whole window", () => {
    const { limiter, clock } = setUp(rpm);
    const state = () => rateLimitHeaders(limiter.check(acme, { requests: 4 }))["RateLimit"];
    expect(state()).toBe('"rpm";r=3;t=60');
    limiter.check(acme, { requests: 2 });
    clock.advance(58_000);
    expect(state()).toBe('"rpm";r=1;t=2');
    clock.advance(1);
    expect(state()).toBe('"rpm";r=1;t=2');
    clock.advance(999);
    expect(state()).toBe('"rpm";r=1;t=1');
    clock.advance(1_000);
    expect(state()).toBe('"rpm";r=3;t=60');
  });

  it.each([
    [0, "60"],
    [1, "60"],
    [999, "60"],
    [1_000, "59"],
    [58_999, "2"],
    [59_000, "1"],
    [59_999, "1"],
  ])("asks, %i ms after the charge, to come back in %s s", (passed, seconds) => {
    const { limiter, clock } = setUp(rpm, tpm);
    limiter.check(acme, { requests: 3, tokens: 0 });
    clock.advance(passed);
    const decision = limiter.check(acme, { tokens: 0 });
    expect(rateLimitHeaders(decision)).toHaveProperty("Retry-After", seconds);
  });

  it("has the seconds until a token bucket has one unit more, or until it is full", () => {
    const { limiter, clock } = setUp(bucket);
    const state = () => rateLimitHeaders(limiter.peek(acme))["RateLimit"];
    expect(state()).toBe('"burst";r=4;t=10');
    limiter.check(acme, { requests: 4 });
    expect(state()).toBe('"burst";r=0;t=3');
    clock.advance(1_500);
    expect(state()).toBe('"burst";r=0;t=1');
    clock.advance(1_000);
    expect(state()).toBe('"burst";r=1;t=3');
    const refused = rateLimitHeaders(limiter.check(acme, { requests: 3 }));
    expect(refused).toHaveProperty("Retry-After", "5");
  });

  it("has the seconds until a period ends where something is charged, and else none", () => {
    const { limiter, clock } = setUp(daily);
    clock.advance(86_400_000 - 90_001);
    const state = () => rateLimitHeaders(limiter.peek(acme))["RateLimit"];
    expect(state()).toBe('"daily";r=5');
    limiter.check(acme, { requests: 5 });
    expect(state()).toBe('"daily";r=0;t=91');
    expect(rateLimitHeaders(limiter.check(acme))).toHaveProperty("Retry-After", "91");
    clock.advance(90_001);
    expect(state()).toBe('"daily";r=5');
  });

  it("tells the numbers of the subject that asked", () => {
    const { limiter } = setUp(tiered);
    const headersOf = (tier: string) => rateLimitHeaders(limiter.peek({ ...acme, tier }));
    expect(headersOf("free")).toEqual({
      "RateLimit-Policy": '"tiered";q=3;w=60',
      RateLimit: '"tiered";r=3;t=60',
    });
    expect(headersOf("pro")).toEqual({
      "RateLimit-Policy": '"tiered";q=30;w=10',
      RateLimit: '"tiered";r=30;t=10',
    });
  });

  it("asks who is blocked to come back when the block ends", () => {
    const { limiter, clock } = setUp(rpm, tpm);
    limiter.block(acme, "2m");
    clock.advance(1);
    const refused = rateLimitHeaders(limiter.check(acme, { tokens: 1 }));
    expect(refused).toHaveProperty("Retry-After", "120");
  });

  it("does not ask to come back when waiting never helps, nor when the store is full", () => {
    const never = setUp(rpm).limiter.check(acme, { requests: 4 });
    expect(Object.keys(rateLimitHeaders(never))).toEqual(["RateLimit-Policy", "RateLimit"]);
    const full = createLimiter({ limits: [rpm], store: memoryStore({ maxKeys: 1 }) });
    // More than half full, so that it is not forgotten for others.
    full.check(acme, { requests: 2 });
    const refused = full.check({ tenant: "other" });
    expect(refused).toMatchObject({ reason: "store-unavailable" });
    expect(Object.keys(rateLimitHeaders(refused))).toEqual(["RateLimit-Policy", "RateLimit"]);
  });

  it("is a list of structured fields for any limits, by the grammar of RFC 9651 §3", () => {
    const string = String.raw`"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"`;
    const parameter = String.raw`;[a-z*][a-z0-9_.*-]*=(?:-?[0-9]{1,15}|${string})`;
    const item = `${string}(?:${parameter})*`;
    const list = new RegExp(`^${item}(?:, ${item})*$`);

    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/);
    const base = { name, limit: fc.maxSafeNat(), unit: name, per: fc.constant([]) };
    const window = fc.integer({ min: 1, max: 3_660 * 86_400_000 });
    const limit = fc.oneof(
      fc.record({ ...base, window }).map((options) => slidingWindow(options)),
      fc.record(base).map((options) => concurrency(options)),
      fc
        .record({ ...base, window: fc.constantFrom("day", "week", "month") })
        .map((options) => fixedWindow(options)),
      fc
        .record({
          name,
          unit: name,
          per: fc.constant([]),
          capacity: fc.nat(10_000),
          refill: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
          every: window,
        })
        .map((options) => tokenBucket(options)),
    );
    const limits = fc.uniqueArray(limit, {
      selector: (made) => made.name,
      minLength: 1,
      maxLength: 32,
    });
    fc.assert(
      fc.property(limits, fc.maxSafeNat(), (made, amount) => {
        const cost = Object.fromEntries(made.map(({ unit }) => [unit, amount]));
        const headers = rateLimitHeaders(setUp(...made).limiter.check({}, cost));
        expect(headers["RateLimit-Policy"]).toMatch(list);
        expect(headers["RateLimit"]).toMatch(list);
      }),
    );
  });
});
