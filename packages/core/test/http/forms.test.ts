import {
  concurrency,
  createLimiter,
  fixedWindow,
  type Limit,
  memoryStore,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { type HeaderForm, rateLimitHeaders } from "@sluice/core/http";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 5, window: "1m", per });
const tpm = slidingWindow({ name: "tpm", limit: 1000, window: "1h", unit: "tokens", per });
const itpm = slidingWindow({ name: "itpm", limit: 500, window: "1m", unit: "inputTokens", per });
const burst = tokenBucket({ name: "burst", capacity: 4, refill: 2, every: "5s", per });
const daily = fixedWindow({ name: "daily", limit: 9, window: "day", per });
const inflight = concurrency({ name: "inflight", limit: 2, per });
const acme = { tenant: "acme" };

function decide(limits: readonly Limit[], ...costs: Readonly<Record<string, number>>[]) {
  const limiter = createLimiter({ limits, store: memoryStore({ clock: manualClock() }) });
  const decisions = costs.map((cost) => limiter.check(acme, cost));
  return decisions.at(-1)!;
}

describe("rateLimitHeaders in an earlier form", () => {
  it.each<[HeaderForm, readonly Limit[], Record<string, string>]>([
    [
      "draft-8",
      [rpm, tpm],
      {
        "RateLimit-Policy": '"rpm";q=5;w=60, "tpm";q=1000;w=3600',
        RateLimit: '"rpm";r=4;t=60, "tpm";r=900;t=3601',
      },
    ],
    [
      "draft-7",
      [rpm, tpm],
      {
        "RateLimit-Policy": "5;w=60, 1000;w=3600",
        RateLimit: "limit=5, remaining=4, reset=60",
      },
    ],
    [
      "draft-6",
      [tpm, rpm],
      {
        "RateLimit-Policy": "1000;w=3600, 5;w=60",
        "RateLimit-Limit": "5",
        "RateLimit-Remaining": "4",
        "RateLimit-Reset": "60",
      },
    ],
    [
      "draft-6",
      [daily],
      {
        "RateLimit-Policy": "9",
        "RateLimit-Limit": "9",
        "RateLimit-Remaining": "8",
        "RateLimit-Reset": "85400",
      },
    ],
    [
      "draft-7",
      [burst],
      { "RateLimit-Policy": "4;w=10", RateLimit: "limit=4, remaining=3, reset=3" },
    ],
    [
      "provider",
      [rpm, tpm, itpm, inflight],
      {
        "x-ratelimit-limit-requests": "5",
        "x-ratelimit-remaining-requests": "4",
        "x-ratelimit-reset-requests": "1m0s",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "900",
        "x-ratelimit-reset-tokens": "1h0m0.019s",
        "x-ratelimit-limit-input-tokens": "500",
        "x-ratelimit-remaining-input-tokens": "440",
        "x-ratelimit-reset-input-tokens": "1m0s",
      },
    ],
    ["provider", [inflight], {}],
  ])("%s tells of the limit that binds, or of each unit's", (form, limits, expected) => {
    const decision = decide(limits, { requests: 1, tokens: 100, inputTokens: 60 });
    expect(rateLimitHeaders(decision, form)).toEqual(expected);
  });

  it.each([
    [0, "0s"],
    [1, "1ms"],
    [999, "999ms"],
    [1_500, "1.5s"],
    [60_000, "1m0s"],
    [3_661_000, "1h1m1s"],
  ])("provider writes %i ms as %s", (ms, text) => {
    const decision = decide([rpm], { requests: 1 });
    const [state] = decision.limits;
    const asked = { ...decision, limits: [{ ...state!, freesAfterMs: ms }] };
    expect(rateLimitHeaders(asked, "provider")).toHaveProperty("x-ratelimit-reset-requests", text);
  });

  it("legacy tells the second in which more comes free, since 1970", () => {
    const beforeS = Math.ceil(Date.now() / 1000);
    const headers = rateLimitHeaders(decide([rpm], {}), "legacy");
    expect(headers).toMatchObject({ "X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "4" });
    const reset = Number(headers["X-RateLimit-Reset"]) - beforeS;
    expect(reset).toBeGreaterThanOrEqual(60);
    expect(reset).toBeLessThanOrEqual(61);
  });

  it("tells what refused, in every form, and when to come back", () => {
    const refused = decide([tpm, rpm], { requests: 5, tokens: 999 }, { requests: 1, tokens: 1 });
    for (const form of ["draft-8", "draft-7", "draft-6", "legacy", "provider"] as const) {
      expect(rateLimitHeaders(refused, form)).toHaveProperty("Retry-After", "60");
    }
    expect(rateLimitHeaders(refused, "draft-7")).toHaveProperty(
      "RateLimit",
      "limit=5, remaining=0, reset=60",
    );
    expect(rateLimitHeaders(refused, "provider")).toMatchObject({
      "retry-after-ms": "60000",
      "x-should-retry": "true",
    });
  });

  it("keeps a provider's client from trying again what never fits", () => {
    const never = rateLimitHeaders(decide([rpm], { requests: 6 }), "provider");
    expect(never).toHaveProperty("x-should-retry", "false");
    expect(never).not.toHaveProperty("Retry-After");
    expect(never).not.toHaveProperty("retry-after-ms");
  });
});
