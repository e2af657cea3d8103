import { hintOf } from "@sluice/client-fetch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const nowMs = Date.UTC(2026, 10, 23, 6, 0, 0);
const waitOf = (headers: Record<string, string>, body?: string, status = 429) =>
  hintOf({ status, headers: new Headers(headers) }, body, nowMs).waitMs;
const gemini = (details: readonly object[]) =>
  JSON.stringify({ error: { code: 429, status: "RESOURCE_EXHAUSTED", details } });
const retryInfo = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "53.2s" };
const quota = (quotaId: string, quotaValue?: string) => ({
  "@type": "type.googleapis.com/google.rpc.QuotaFailure",
  violations: [{ quotaId, quotaValue }],
});
const hint = (body: string, headers = {}, status = 429) =>
  hintOf({ status, headers: new Headers(headers) }, body, nowMs);
const told = (value: string) =>
  hintOf({ status: 500, headers: new Headers({ "x-should-retry": value }) }, undefined, nowMs)
    .shouldRetry;
const inYear = (year: string) => waitOf({ "retry-after": `Monday, 23-Nov-${year} 06:00:00 GMT` });
const dated = (value: string, date: string) => waitOf({ "retry-after": value, date });

describe("a Retry-After header", () => {
  it.each([
    ["120", 120_000],
    ["2.5", 2_500],
    ["0.0004", 1],
    ["198300", 198_300_000],
    [" 7 ", 7_000],
    ["Mon, 23 Nov 2026 06:00:20 GMT", 20_000],
    ["Monday, 23-Nov-26 06:00:20 GMT", 20_000],
    ["Mon Nov 23 06:00:20 2026", 20_000],
    ["Tue Dec  1 06:00:00 2026", 8 * 86_400_000],
    ["2026-11-23T06:00:01.5Z", 1_500],
    ["2026-11-23T07:00:20+01:00", 20_000],
    [String(nowMs / 1000 + 9), 9_000],
    [String(nowMs + 9), 9],
    ["6m0s", 360_000],
    ["12ms", 12],
    ["1h2m3.5s", 3_723_500],
    ["53s", 53_000],
  ])("of %j says %i ms", (value, expected) => {
    expect(waitOf({ "retry-after": value })).toBe(expected);
  });

  it.each([
    "",
    "0",
    "-5",
    "-1",
    "abc",
    "1e3",
    "0x10",
    "NaN",
    "Infinity",
    "5 apples",
    "999999999999999999",
    "999999999999999",
    "Mon, 23 Nov 2026 05:59:59 GMT",
    "Mon, 31 Feb 2026 06:00:20 GMT",
    "Mon, 00 Nov 2026 06:00:20 GMT",
    "Mon, 23 Nov 2026 24:00:20 GMT",
    "Mon, 23 Nov 2026 06:00:20",
    "2026-11-23",
    "9".repeat(100),
  ])("of %j names no time", (value) => {
    expect(waitOf({ "retry-after": value })).toBeUndefined();
  });

  it("is told from the response's Date where the clocks differ", () => {
    expect(dated("Mon, 23 Nov 2026 09:00:20 GMT", "Mon, 23 Nov 2026 09:00:00 GMT")).toBe(20_000);
    expect(dated("Mon, 23 Nov 2026 06:00:20 GMT", "Mon, 23 Nov 2026 06:00:20 GMT")).toBeUndefined();
    expect(dated("20", "Mon, 23 Nov 2026 09:00:00 GMT")).toBe(20_000);
    expect(dated("Mon, 23 Nov 2026 06:00:20 GMT", "yesterday")).toBe(20_000);
  });

  it("reads a year of two digits as the nearest, at most fifty years ahead", () => {
    expect([inYear("76") === undefined, inYear("77")]).toEqual([false, undefined]);
  });

  it("gives way to retry-after-ms, and steps in where that names no time", () => {
    expect(waitOf({ "retry-after-ms": "300", "retry-after": "1" })).toBe(300);
    expect(waitOf({ "retry-after-ms": "1.5" })).toBe(2);
    expect(waitOf({ "retry-after-ms": "-1", "retry-after": "1" })).toBe(1_000);
    expect(waitOf({ "retry-after-ms": "0", "retry-after": "1" })).toBe(1_000);
    expect(waitOf({ "x-ms-retry-after-ms": "40" })).toBe(40);
  });
});

describe("the body of an error", () => {
  it("names the time in RetryInfo, also in the list that a stream would have been", () => {
    expect(hint(gemini([retryInfo]))).toMatchObject({ waitMs: 53_200, isQuota: false });
    expect(hint(`[${gemini([retryInfo])}]`)).toMatchObject({ waitMs: 53_200 });
    expect(hint(gemini([retryInfo]), { "retry-after": "60" })).toMatchObject({ waitMs: 60_000 });
  });

  it("tells a day's quota from a minute's, and one that allows nothing", () => {
    const perDay = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
    const perMinute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
    expect(hint(gemini([quota(perDay, "20"), retryInfo]))).toMatchObject({ isQuota: true });
    expect(hint(gemini([quota(perMinute, "5"), retryInfo]))).toMatchObject({ isQuota: false });
    expect(hint(gemini([quota(perMinute, "0"), retryInfo]))).toMatchObject({
      isQuota: true,
      waitMs: Number.POSITIVE_INFINITY,
    });
  });

  it.each([
    [
      '{"error":{"code":"insufficient_quota","type":"insufficient_quota","message":"You exceeded"}}',
      429,
    ],
    ['{"error":{"code":"billing_hard_limit_reached"}}', 429],
    ['{"type":"error","error":{"type":"billing_error","message":"x"}}', 402],
    [
      '{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access"}}',
      400,
    ],
    [
      '{"type":"error","error":{"type":"rate_limit_error","code":"enforced_spend_limit_reached"}}',
      429,
    ],
    ["no JSON", 402],
  ])("says that no wait helps where there is no money: %s", (body, status) => {
    expect(hint(body, { "retry-after": "1" }, status)).toMatchObject({
      waitMs: Number.POSITIVE_INFINITY,
      isQuota: true,
    });
  });

  it.each([
    [
      "Rate limit reached for tokens per min (TPM). Please try again in 46.72s. Visit",
      46_720,
      false,
    ],
    ["Please try again in 6m0s.", 360_000, false],
    [
      "Rate limit reached on tokens per day (TPD): Used 9. Please try again in 6m 11.52s.",
      371_520,
      true,
    ],
    ["Please retry after 20 seconds.", 20_000, false],
    ["Please try again in 12ms", 12, false],
    ["Please retry in 10h17m5.723541104s.", 37_025_724, false],
    ["try again in a while", undefined, false],
    ["try again in 0s", undefined, false],
  ])("names the time in its message: %s", (message, waitMs, isQuota) => {
    expect(hint(JSON.stringify({ error: { message } }))).toMatchObject({ waitMs, isQuota });
    expect(hint(message)).toMatchObject({ waitMs, isQuota });
  });

  it("as a problem document says whether, and when, to try again", () => {
    const problem = { status: 429, title: "x", detail: "y", retryAfter: 3, retryable: true };
    expect(hint(JSON.stringify(problem))).toMatchObject({ waitMs: 3_000, shouldRetry: true });
    expect(hint('{"retryable":false}')).toMatchObject({ shouldRetry: false });
    expect(hint('{"retryable":false}', { "x-should-retry": "true" }).shouldRetry).toBe(true);
  });

  it("may be anything, and nothing throws", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"error":${json}}`),
    );
    fc.assert(
      fc.property(texts, fc.string(), (body, header) => {
        const value = header.replaceAll(/[^\x20-\x7e]/g, "");
        const { waitMs } = hint(body, { "retry-after": value, "x-ratelimit-reset-tokens": value });
        expect(waitMs === undefined || waitMs > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a response without a hint of its own", () => {
  it("is told by the reset of the allowances that are spent, the latest of them", () => {
    const openai = {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "1s",
      "x-ratelimit-limit-tokens": "150000",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "6m0s",
    };
    expect(waitOf(openai)).toBe(360_000);
    expect(waitOf({ ...openai, "x-ratelimit-remaining-tokens": "12" })).toBe(1_000);
    expect(waitOf(openai, undefined, 500)).toBeUndefined();
    expect(
      waitOf({
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-11-23T06:00:08Z",
      }),
    ).toBe(8_000);
    expect(waitOf({ "anthropic-ratelimit-unified-reset": String(nowMs / 1000 + 5) })).toBe(5_000);
    expect(
      waitOf({ ratelimit: '"default";r=0;t=30', "ratelimit-policy": '"default";q=5;w=60' }),
    ).toBe(30_000);
  });

  it("is told nothing by sentinels", () => {
    const azure = {
      "x-ratelimit-limit-tokens": "-1",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "0",
    };
    expect(waitOf(azure)).toBeUndefined();
    expect(waitOf({ ...azure, "x-ratelimit-reset-tokens": "30" })).toBeUndefined();
    expect(
      waitOf({ ...azure, "x-ratelimit-limit-tokens": "0", "x-ratelimit-reset-tokens": "30" }),
    ).toBeUndefined();
  });

  it("spends a day's allowance where the header says that it is a day's", () => {
    const headers = new Headers({
      "x-ratelimit-limit-requests-day": "9",
      "x-ratelimit-remaining-requests-day": "0",
    });
    expect(hintOf({ status: 429, headers }, undefined, nowMs).isQuota).toBe(true);
  });
});

it("hints at nothing below 400, and reads x-should-retry above", () => {
  expect(waitOf({ "retry-after": "1" }, undefined, 200)).toBeUndefined();
  expect(["true", "false", " TRUE ", "maybe"].map(told)).toEqual([true, false, true, undefined]);
});
