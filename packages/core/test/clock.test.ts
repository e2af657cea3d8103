import { type Clock, createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per: [] });

describe("a clock", () => {
  it.each([
    [Number.NaN, "NaN"],
    [1.5, "1.5"],
    [Infinity, "Infinity"],
    [2 ** 53, "9007199254740992"],
    ["1000", '"1000"'],
    [1_000n, "1000"],
    [new Date(1_000), "an object"],
    [undefined, "undefined"],
  ])("that answers %o is refused, and nothing has changed", (answer, shown) => {
    let now: unknown = 1_000;
    const store = memoryStore({ clock: (() => now) as Clock });
    const limiter = createLimiter({ limits: [rpm], store });
    const lease = granted(limiter.reserve({}, { requests: 2 }, { id: "one" }));
    const message = `clock: must answer an integer of milliseconds, got ${shown}`;
    const error = expect.objectContaining({ code: "invalid-clock", message });

    now = answer;
    expect(() => limiter.check({})).toThrow(error);
    expect(() => limiter.reserve({})).toThrow(error);
    expect(() => lease.extend({ requests: 3 })).toThrow(error);
    expect(() => lease.settle({ requests: 0 })).toThrow(error);
    expect(() => store.sweep()).toThrow(error);

    now = 1_010;
    expect(limiter.check({}, { requests: 2 })).toMatchObject({
      atMs: 1_010,
      retryAfterMs: 90,
      limits: [{ used: 2 }],
    });
    expect(lease.settle({ requests: 1 }).applied).toBe(true);
  });

  it("may count from any instant, also one before its zero", () => {
    const clock = manualClock(-1_005);
    const slots = slidingWindow({ name: "slots", limit: 1, window: 100, precisionMs: 10, per: [] });
    const limiter = createLimiter({ limits: [slots], store: memoryStore({ clock }) });
    expect(limiter.check({}).limits[0]?.freesAfterMs).toBe(104);
    clock.advance(103);
    expect(limiter.check({})).toMatchObject({ allowed: false, retryAfterMs: 1 });
    clock.advance(1);
    expect(limiter.check({}).allowed).toBe(true);
  });

  it("that steps back again and again lets exactly the time pass that went forward", () => {
    const clock = manualClock();
    const limiter = createLimiter({ limits: [rpm], store: memoryStore({ clock }) });
    expect(limiter.check({}, { requests: 3 }).allowed).toBe(true);
    for (let passed = 1; passed < 100; passed++) {
      clock.advance(1);
      expect(limiter.check({})).toMatchObject({ allowed: false, retryAfterMs: 100 - passed });
      clock.advance(-5);
      expect(limiter.check({})).toMatchObject({ allowed: false, retryAfterMs: 100 - passed });
    }
    clock.advance(1);
    expect(limiter.check({}, { requests: 3 }).allowed).toBe(true);
  });

  it("is Date.now unless another is given", () => {
    const limiter = createLimiter({ limits: [rpm], store: memoryStore() });
    const before = Date.now();
    const { atMs } = limiter.check({});
    expect(atMs).toBeGreaterThanOrEqual(before);
    expect(atMs).toBeLessThanOrEqual(Date.now());
  });
});
