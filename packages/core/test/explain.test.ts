import {
  concurrency,
  createLimiter,
  explain,
  type Limit,
  memoryStore,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per: string[] = [];
const rpm = slidingWindow({ name: "rpm", limit: 4, window: "1m", per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: "1m", unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 2, per });

function setUp(limits: readonly Limit[] = [rpm, tpm], maxKeys = 100, mode?: "observe") {
  const clock = manualClock();
  const store = memoryStore({ clock, maxKeys });
  const limiter = createLimiter(mode === undefined ? { limits, store } : { limits, store, mode });
  return { clock, limiter };
}

describe("explain", () => {
  it("tells of an allowed request the limit with the least room left", () => {
    const { limiter } = setUp();
    expect(explain(limiter.check({}, { tokens: 80 }))).toEqual({
      sentence: 'allowed: "tpm" allows 100 tokens, and 80 are charged',
      limit: "tpm",
      unit: "tokens",
      cost: 80,
      used: 80,
      capacity: 100,
      freesAfterMs: 60_000,
      retryAfterMs: 0,
    });
    expect(explain(limiter.check({}, { requests: 3, tokens: 0 }))).toMatchObject({
      sentence: 'allowed: "rpm" allows 4 requests, and 4 are charged',
      limit: "rpm",
    });
  });

  it("tells of limits with as much room the first, and takes one of 0 to have none", () => {
    const idle = setUp([rpm, tpm]);
    expect(explain(idle.limiter.peek({}, { tokens: 0 }))).toMatchObject({
      sentence: 'allowed: "rpm" allows 4 requests, and 0 are charged',
      freesAfterMs: 0,
    });
    const closed = slidingWindow({ name: "closed", limit: 0, window: "1m", unit: "usd", per });
    const { limiter } = setUp([rpm, closed]);
    expect(explain(limiter.check({}, { usd: 0 }))).toMatchObject({ limit: "closed", capacity: 0 });
  });

  it("tells of a refusal that is over a limit what is charged, and when to try again", () => {
    const { clock, limiter } = setUp();
    limiter.check({}, { tokens: 80 });
    clock.advance(48_000);
    expect(explain(limiter.check({}, { tokens: 30 }))).toEqual({
      sentence:
        'refused: "tpm" allows 100 tokens, 80 are charged and 30 more were asked; try again in 12s',
      limit: "tpm",
      unit: "tokens",
      cost: 30,
      used: 80,
      capacity: 100,
      freesAfterMs: 12_000,
      retryAfterMs: 12_000,
    });
  });

  it("tells, where several limits refuse, of the one to wait for longest", () => {
    const bucket = tokenBucket({ name: "burst", capacity: 3, refill: 1, every: "1s", per });
    const { limiter } = setUp([bucket, rpm]);
    limiter.check({}, { requests: 3 });
    expect(explain(limiter.check({}, { requests: 2 })).sentence).toBe(
      'refused: "rpm" allows 4 requests, 3 are charged and 2 more were asked; try again in 60s',
    );
  });

  it.each([
    [1, "1ms"],
    [999, "999ms"],
    [1_000, "1s"],
    [1_001, "2s"],
    [119_000, "119s"],
    [119_001, "2m"],
    [120_001, "3m"],
    [3_600_000, "60m"],
  ])("tells a wait of %i ms as %s, never too short", (window, words) => {
    const limit = slidingWindow({ name: "l", limit: 1, window, precisionMs: 1, per });
    const { limiter } = setUp([limit]);
    limiter.check({});
    const { sentence, retryAfterMs } = explain(limiter.check({}));
    expect(sentence.endsWith(`1 more were asked; try again in ${words}`)).toBe(true);
    expect(retryAfterMs).toBe(window);
  });

  it("tells of a request that never fits what was asked, and no time", () => {
    const { limiter } = setUp();
    expect(explain(limiter.check({}, { tokens: 101 }))).toMatchObject({
      sentence: 'refused: "tpm" allows 100 tokens, and 101 were asked: that never fits',
      retryAfterMs: undefined,
    });
  });

  it("tells of a block its limit and its end", () => {
    const { limiter } = setUp();
    limiter.block({}, "3m");
    expect(explain(limiter.check({}, { tokens: 1 }))).toMatchObject({
      sentence: 'refused: "rpm" is blocked; try again in 3m',
      limit: "rpm",
      retryAfterMs: 180_000,
    });
  });

  it("tells of a full store that it is none of the limits", () => {
    const tenants = slidingWindow({ name: "tenants", limit: 4, window: "1m", per: ["tenant"] });
    const { limiter } = setUp([tenants], 1);
    limiter.check({ tenant: "acme" }, { requests: 4 });
    expect(explain(limiter.check({ tenant: "other" }))).toMatchObject({
      sentence: "refused: the store could not decide, or has no room for more",
      used: 0,
      retryAfterMs: undefined,
    });
  });

  it("tells of what is in flight when the first place may come free", () => {
    const { limiter } = setUp([inflight]);
    for (let place = 0; place < 2; place++) granted(limiter.reserve({}));
    expect(explain(limiter.reserve({})).sentence).toBe(
      'refused: "inflight" allows 2 inflight, 2 are charged and 1 more were asked; try again in 5m',
    );
  });

  it("tells, where nothing is enforced, that it would be refused", () => {
    const { limiter } = setUp([rpm], 100, "observe");
    limiter.check({}, { requests: 4 });
    expect(explain(limiter.check({}))).toMatchObject({
      sentence:
        'allowed, though it would be refused: "rpm" allows 4 requests, 4 are charged and 1 more were asked; try again in 60s',
      limit: "rpm",
      retryAfterMs: 60_000,
    });
    expect(explain(limiter.check({}, { requests: 5 })).sentence).toBe(
      'allowed, though it would be refused: "rpm" allows 4 requests, and 5 were asked: that never fits',
    );
  });
});
