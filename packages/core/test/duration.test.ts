import { type Duration, slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

const tenYears = 3_660 * 86_400_000;

function windowMs(window: unknown): number {
  return slidingWindow({ name: "tpm", limit: 1, window: window as Duration, per: [] }).termsFor()
    .windowMs;
}

describe("a duration", () => {
  it.each([
    [1, 1],
    [60_000, 60_000],
    ["250ms", 250],
    ["10s", 10_000],
    ["1m", 60_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
    ["007s", 7_000],
    ["3660d", tenYears],
    [tenYears, tenYears],
  ])("of %j is %i ms", (duration, ms) => {
    expect(windowMs(duration)).toBe(ms);
  });

  it.each([
    [0],
    [-0],
    [-1],
    [0.5],
    [Number.NaN],
    [Infinity],
    [-Infinity],
    [tenYears + 1],
    [""],
    ["0m"],
    ["-1s"],
    ["+1s"],
    ["1.5s"],
    ["1e3s"],
    ["1_000ms"],
    ["1 m"],
    [" 1m"],
    ["1m "],
    ["1m\n"],
    ["1M"],
    ["1w"],
    ["1min"],
    ["1m30s"],
    ["m"],
    ["60000"],
    ["٣s"],
    ["3661d"],
    ["999999999999999d"],
    [`${"9".repeat(400)}ms`],
    [null],
    [undefined],
    [true],
    [60_000n],
    [["1m"]],
    [{ ms: 1 }],
    [new Date(1)],
  ])("is never %o", (duration) => {
    expect(() => windowMs(duration)).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });

  it.each([
    ["0m", '"0m"'],
    [0.5, "0.5"],
    [null, "null"],
    ["1m ".repeat(1_000), "a string of 3000 characters"],
  ])("that is wrong, as %o, is named with what was expected", (duration, shown) => {
    expect(() => windowMs(duration)).toThrow(
      `limit "tpm": window must be a positive duration of at most ten years, as 60000 or "1m", got ${shown}`,
    );
  });

  it.each([
    [["1m"], "an array of 1"],
    [{ ms: 1 }, "an object"],
  ])(
    "that is neither one nor chosen by the subject, as %o, is named as well",
    (duration, shown) => {
      expect(() => windowMs(duration)).toThrow(
        `limit "tpm": window must be a value, or made by by() or byTier(), got ${shown}`,
      );
    },
  );
});
