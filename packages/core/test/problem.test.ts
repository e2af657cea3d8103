import {
  byTier,
  concurrency,
  createLimiter,
  type Decision,
  memoryStore,
  type Problem,
  problemOf,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const per = ["tenant", "model"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 2_500, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: "1m", unit: "tokens", per: [] });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: "5s", per });
const subject = { tenant: "acme", model: "small" };

function setUp(options = {}) {
  const store = memoryStore({ clock: manualClock(), ...options });
  return createLimiter({ limits: [rpm, tpm, inflight], store });
}

function problem(decision: Decision): Problem {
  if (decision.allowed) throw new Error("expected a refusal");
  return problemOf(decision);
}

describe("problemOf", () => {
  it("says of a request over the limit what limits it, and when to try again", () => {
    const limiter = setUp();
    limiter.reserve(subject, { requests: 3, tokens: 0, inflight: 2 });
    expect(problem(limiter.check(subject, { tokens: 1, inflight: 0 }))).toEqual({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Request cannot be satisfied as assigned quota has been exceeded",
      status: 429,
      detail: '"rpm" allows 3 requests: try again in 3 s',
      "violated-policies": ["rpm"],
      limit: "rpm",
      scope: ["tenant", "model"],
      unit: "requests",
      retryAfter: 3,
      retryable: true,
    });
  });

  it("names all limits that refuse, and the one to wait for longest", () => {
    const limiter = setUp();
    limiter.reserve(subject, { requests: 3, tokens: 0, inflight: 2 });
    expect(problem(limiter.check(subject, { tokens: 1 }))).toMatchObject({
      "violated-policies": ["rpm", "inflight"],
      limit: "inflight",
      unit: "inflight",
      retryAfter: 5,
    });
  });

  it("says of a request that never fits that trying again cannot help", () => {
    const limiter = setUp();
    limiter.check(subject, { requests: 3, tokens: 0 });
    const never = problem(limiter.check(subject, { tokens: 101 }));
    expect(never).toEqual({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Request cannot be satisfied as assigned quota has been exceeded",
      status: 429,
      detail: 'the request costs 101 tokens, and "tpm" never allows more than 100',
      "violated-policies": ["rpm", "tpm"],
      limit: "tpm",
      scope: [],
      unit: "tokens",
      retryable: false,
    });
    expect(never).not.toHaveProperty("retryAfter");
  });

  it("says of a subject that is blocked so, and when to try again", () => {
    const limiter = setUp();
    limiter.block(subject, "90s");
    expect(problem(limiter.check(subject, { tokens: 1 }))).toEqual({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Request cannot be satisfied as assigned quota has been exceeded",
      status: 429,
      detail: '"rpm" is blocked: try again in 90 s',
      "violated-policies": ["rpm", "inflight"],
      limit: "rpm",
      scope: ["tenant", "model"],
      unit: "requests",
      retryAfter: 90,
      retryable: true,
    });
  });

  it("tells the numbers of the subject that asked", () => {
    const tiered = tokenBucket({
      name: "burst",
      capacity: byTier({ free: 2, pro: 9 }),
      refill: 1,
      every: "10s",
      per: ["tenant"],
    });
    const store = memoryStore({ clock: manualClock() });
    const limiter = createLimiter({ limits: [tiered], store });
    const free = { ...subject, tier: "free" };
    limiter.check(free, { requests: 2 });
    expect(problem(limiter.check(free))).toMatchObject({
      detail: '"burst" allows 2 requests: try again in 10 s',
      retryAfter: 10,
    });
    expect(problem(limiter.check(free, { requests: 3 })).detail).toBe(
      'the request costs 3 requests, and "burst" never allows more than 2',
    );
  });

  it("is a 503 of its own type when the store has no room", () => {
    const limiter = setUp({ maxKeys: 1 });
    // More than half full, so that it is not forgotten for others.
    limiter.check(subject, { requests: 2, tokens: 0 });
    expect(problem(limiter.check({ ...subject, tenant: "other" }, { tokens: 0 }))).toEqual({
      type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
      title: "Request cannot be satisfied due to temporary server capacity constraints",
      status: 503,
      detail: "the limits cannot be decided now",
      "violated-policies": [],
      retryable: true,
    });
  });

  it("survives being sent as JSON", () => {
    const limiter = setUp();
    const refusal = problem(limiter.check(subject, { tokens: 101 }));
    expect(JSON.parse(JSON.stringify(refusal))).toEqual(refusal);
  });
});
