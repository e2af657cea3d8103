import { createLimiter, memoryStore, tokenBucket, type TokenBucketOptions } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

type Numbers = Pick<TokenBucketOptions, "capacity" | "refill" | "every">;

function setUp(numbers: Numbers) {
  const clock = manualClock(1_000);
  const bucket = tokenBucket({ name: "bucket", unit: "tokens", per: [], ...numbers });
  const limiter = createLimiter({ limits: [bucket], store: memoryStore({ clock }) });
  const used = () => limiter.peek({}, { tokens: 0 }).limits[0]!.used;
  return { clock, limiter, used };
}

/** One unit in 10 ms, 100 at once. */
const slow: Numbers = { capacity: 100, refill: 1, every: 10 };

describe("a lease on a token bucket", () => {
  it.each<[string, number, number, number, number]>([
    ["all that it did not use", 0, 0, 40, 0],
    ["the rest of its estimate", 0, 0, 10, 10],
    ["what has not drained, at most", 300, 0, 0, 0],
    ["all, where the rest has drained", 300, 0, 10, 0],
    ["nothing once all has drained", 400, 0, 0, 0],
    ["its own, and nothing of what came later", 0, 25, 0, 25],
    ["no more than is above what came later", 300, 25, 0, 25],
  ])("that settles gives back %s", (_, waitMs, later, actual, left) => {
    const { clock, limiter, used } = setUp(slow);
    const lease = granted(limiter.reserve({}, { tokens: 40 }));
    clock.advance(waitMs);
    if (later > 0) limiter.check({}, { tokens: later });
    const before = used();
    expect(lease.settle({ tokens: actual })).toMatchObject({ applied: true });
    expect(used()).toBe(actual === 40 ? before : left);
  });

  it("gives back, when it is released, what it did not report", () => {
    const { limiter, used } = setUp(slow);
    const lease = granted(limiter.reserve({}, { tokens: 40 }));
    lease.extend({ tokens: 15 });
    expect(used()).toBe(40);
    expect(lease.release()).toMatchObject({ applied: true, limits: [{ charged: 15 }] });
    expect(used()).toBe(15);
  });

  it("gives back a part of a unit that has not drained", () => {
    const { clock, limiter, used } = setUp(slow);
    const lease = granted(limiter.reserve({}, { tokens: 40 }));
    clock.advance(5);
    lease.release();
    expect(used()).toBe(0);
    expect(limiter.check({}, { tokens: 100 }).allowed).toBe(true);
  });

  it("charges what it used beyond its estimate when it says so", () => {
    const { clock, limiter, used } = setUp(slow);
    const lease = granted(limiter.reserve({}, { tokens: 40 }));
    clock.advance(100);
    expect(lease.extend({ tokens: 50 })).toMatchObject({ holds: true, limits: [{ charged: 50 }] });
    expect(used()).toBe(40);
    expect(lease.settle({ tokens: 120 })).toMatchObject({
      holds: false,
      limits: [{ charged: 120, overage: 10 }],
    });
    expect(used()).toBe(110);
    expect(limiter.check({}, { tokens: 1 })).toMatchObject({ retryAfterMs: 110 });
  });

  it.each<[string, number | undefined]>([
    ["nothing was reported", undefined],
    ["less was reported", 10],
  ])("keeps its estimate when it expires and %s", (_, reported) => {
    const { clock, limiter, used } = setUp({ capacity: 100, refill: 1, every: "1m" });
    const lease = granted(limiter.reserve({}, { tokens: 40 }, { deadline: 500 }));
    if (reported !== undefined) lease.extend({ tokens: reported });
    clock.advance(500);
    limiter.check({}, { tokens: 0 });
    expect(used()).toBe(40);
  });

  it("keeps its estimate when its block ends", () => {
    const { limiter, used } = setUp(slow);
    {
      using _ = granted(limiter.reserve({}, { tokens: 40 }));
    }
    expect(used()).toBe(40);
  });
});
