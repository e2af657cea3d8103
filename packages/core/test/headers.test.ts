import {
  concurrency,
  createLimiter,
  type Limit,
  memoryStore,
  rateLimitHeaders,
  slidingWindow,
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

const acme = { tenant: "acme" };

function setUp(...limits: readonly Limit[]) {
  const clock = manualClock();
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

  it("does not ask to come back when waiting never helps, nor when the store is full", () => {
    const never = setUp(rpm).limiter.check(acme, { requests: 4 });
    expect(Object.keys(rateLimitHeaders(never))).toEqual(["RateLimit-Policy", "RateLimit"]);
    const full = createLimiter({ limits: [rpm], store: memoryStore({ maxKeys: 1 }) });
    full.check(acme);
    const refused = full.check({ tenant: "other" });
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
