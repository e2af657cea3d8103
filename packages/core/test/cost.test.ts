import { concurrency, createLimiter, type Cost, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const rpm = slidingWindow({ name: "rpm", limit: 10, window: "1m", per: [] });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: "1m", unit: "tokens", per: [] });
const inflight = concurrency({ name: "inflight", limit: 2, per: [] });
const invalidCost = expect.objectContaining({ code: "invalid-cost" });

function setUp() {
  const limiter = createLimiter({
    limits: [rpm, tpm, inflight],
    store: memoryStore({ clock: manualClock() }),
  });
  // More than one capacity: refused, so that it changes nothing.
  const used = () => limiter.check({}, { tokens: 101 }).limits.map((state) => state.used);
  return { limiter, used };
}

const wrongAmounts = [
  [Number.NaN, "NaN"],
  [-1, "-1"],
  [0.5, "0.5"],
  [2 ** 53, "9007199254740992"],
  [Infinity, "Infinity"],
  ["5", '"5"'],
  [null, "null"],
  [5n, "5"],
  [true, "true"],
  [[5], "an array of 1"],
] as const;

describe("a cost", () => {
  it.each(wrongAmounts)("of %o is refused, and nothing is charged", (amount, shown) => {
    const { limiter, used } = setUp();
    const cost = { requests: 1, tokens: amount } as unknown as Cost;
    const message = `cost: "tokens" must be a non-negative safe integer, got ${shown}`;
    const error = expect.objectContaining({ code: "invalid-cost", message });
    expect(() => limiter.check({}, cost)).toThrow(error);
    expect(() => limiter.reserve({}, cost)).toThrow(error);
    expect(() => limiter.reserve({}, cost, { id: "one" })).toThrow(error);
    expect(used()).toEqual([0, 0, 0]);
    expect(granted(limiter.reserve({}, { tokens: 1 }, { id: "one" })).id).toBe("one");
  });

  it.each([
    [null, "null"],
    [7, "7"],
    [[1], "an array of 1"],
  ])("that is %o instead of an object is refused", (cost, shown) => {
    const { limiter, used } = setUp();
    expect(() => limiter.check({}, cost as unknown as Cost)).toThrow(
      `cost: must be an object, got ${shown}`,
    );
    expect(used()).toEqual([0, 0, 0]);
  });

  it("has to name every unit that is counted but requests and inflight", () => {
    const { limiter, used } = setUp();
    const message = 'cost: limit "tpm" counts "tokens", which the cost does not name';
    const error = expect.objectContaining({ code: "invalid-cost", message });
    expect(() => limiter.check({}, { requests: 1 })).toThrow(error);
    expect(() => limiter.check({}, { tokens: undefined })).toThrow(error);
    expect(() => limiter.check({})).toThrow(error);
    expect(used()).toEqual([0, 0, 0]);
  });

  it("names no unit where it is only looked", () => {
    const { limiter } = setUp();
    expect(limiter.peek({})).toMatchObject({ allowed: true });
    expect(limiter.peek({}, { tokens: undefined }).limits.map(({ used }) => used)).toEqual([
      0, 0, 0,
    ]);
    granted(limiter.reserve({}, { requests: 0, tokens: 7 }));
    expect(limiter.peek({}).limits.map(({ used }) => used)).toEqual([0, 7, 1]);
    granted(limiter.reserve({}, { tokens: 0 }));
    expect(limiter.peek({})).toMatchObject({ allowed: false, limitedBy: "inflight" });
  });

  it("is one request and one place in flight unless it says otherwise", () => {
    const { limiter, used } = setUp();
    granted(limiter.reserve({}, { tokens: 30 }));
    expect(used()).toEqual([1, 30, 1]);
    granted(limiter.reserve({}, { requests: 0, tokens: 0, inflight: 0 }));
    expect(used()).toEqual([1, 30, 1]);
  });

  it("may count a unit of any name, also one that every object has", () => {
    const built = slidingWindow({
      name: "built",
      limit: 9,
      window: "1m",
      unit: "constructor",
      per: [],
    });
    const limiter = createLimiter({ limits: [built], store: memoryStore() });
    const lease = granted(limiter.reserve({}, { constructor: 5 }));
    expect(lease.settle().limits[0]?.charged).toBe(5);
    expect(() => limiter.check({}, {})).toThrow(invalidCost);
  });

  it("may name units that no limit counts, if what it says of them makes sense", () => {
    const { limiter } = setUp();
    expect(limiter.check({}, { tokens: 1, usd: 5 }).allowed).toBe(true);
    expect(() => limiter.check({}, { tokens: 1, usd: Number.NaN })).toThrow(invalidCost);
  });

  it("is one request when a limiter is asked without a cost", () => {
    const limiter = createLimiter({ limits: [rpm], store: memoryStore() });
    expect(limiter.check({}).limits[0]).toMatchObject({ cost: 1, used: 1 });
  });
});

describe("what a lease has used", () => {
  it.each(wrongAmounts)("is never %o, and a good amount still counts after it", (amount) => {
    const { limiter, used } = setUp();
    const lease = granted(limiter.reserve({}, { tokens: 40 }));
    const wrong = { requests: 9, tokens: amount } as unknown as Cost;
    expect(() => lease.extend(wrong)).toThrow(invalidCost);
    expect(() => lease.settle(wrong)).toThrow(invalidCost);
    expect(used()).toEqual([1, 40, 1]);
    expect(lease.extend({ tokens: 50 })).toMatchObject({ applied: true, holds: true });
    expect(used()).toEqual([1, 50, 1]);
    expect(lease.settle({ tokens: 20 }).applied).toBe(true);
    expect(used()).toEqual([1, 20, 0]);
  });

  it.each([5, [5], "x", null])("is an object, never %o", (wrong) => {
    const { limiter, used } = setUp();
    const lease = granted(limiter.reserve({}, { tokens: 40 }));
    expect(() => lease.extend(wrong as unknown as Cost)).toThrow(invalidCost);
    expect(() => lease.settle(wrong as unknown as Cost)).toThrow(invalidCost);
    expect(used()).toEqual([1, 40, 1]);
  });
});
