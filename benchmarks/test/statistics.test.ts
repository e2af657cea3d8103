import { describe, expect, it } from "vitest";

import { median, quantile, ratiosOf, spreadOf } from "../src/statistics.ts";

describe("median", () => {
  it.each([
    [[7], 7],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100, 1, 2], 9],
  ])("of %j is %d", (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it("leaves the order of its values alone", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

it("gives the lowest and the highest with the median", () => {
  expect(spreadOf([5, 1, 9])).toEqual({ value: 5, low: 1, high: 9 });
});

describe("ratios", () => {
  it("are taken round by round, so that a slow round cancels out", () => {
    const peer = new Map([
      [0, 300],
      [1, 3000],
    ]);
    const own = new Map([
      [0, 100],
      [1, 1000],
    ]);
    expect(ratiosOf(peer, own)).toEqual([3, 3]);
  });

  it("leave out a round that lacks one of the two", () => {
    const peer = new Map([
      [0, 300],
      [2, 400],
    ]);
    const own = new Map([
      [1, 100],
      [2, 100],
    ]);
    expect(ratiosOf(peer, own)).toEqual([4]);
  });
});

it.each([
  [0.5, 500],
  [0.999, 999],
  [1, 1000],
  [0, 1],
])("does not exceed its quantile in a share of %d samples", (share, value) => {
  const samples = Float64Array.from({ length: 1000 }, (_, index) => 1000 - index);
  expect(quantile(samples, share)).toBe(value);
});
