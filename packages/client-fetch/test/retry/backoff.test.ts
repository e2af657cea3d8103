import { backoff, type BackoffOptions } from "@sluice/client-fetch";
import { describe, expect, it } from "vitest";

import { virtualTime } from "../virtual-time.ts";

const full: BackoffOptions = { jitter: "full", baseMs: 500, capMs: 8_000 };
const waits = (options: BackoffOptions, retry: number, lastMs = 0): number[] => {
  const timing = virtualTime(7);
  return Array.from({ length: 2_000 }, () => backoff(options, retry, lastMs, timing));
};

describe("backoff()", () => {
  it.each([
    [0, 500],
    [1, 1_000],
    [4, 8_000],
    [9, 8_000],
    [2_000, 8_000],
  ])("is spread evenly from 0 to its top before retry %i (%i ms)", (retry, top) => {
    const all = waits(full, retry);
    expect(Math.max(...all)).toBeLessThanOrEqual(top);
    expect(Math.max(...all)).toBeGreaterThan(top * 0.99);
    expect(Math.min(...all)).toBeLessThan(top * 0.01);
    expect(all.reduce((sum, one) => sum + one) / all.length / top).toBeCloseTo(0.5, 1);
  });

  it("goes from the base to three times the wait before, where it is decorrelated", () => {
    const all = waits({ ...full, jitter: "decorrelated" }, 3, 1_000);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(500);
    expect(Math.min(...all)).toBeLessThan(520);
    expect(Math.max(...all)).toBeLessThanOrEqual(3_000);
    expect(Math.max(...all)).toBeGreaterThan(2_950);
    expect(Math.max(...waits({ ...full, jitter: "decorrelated" }, 3, 100_000))).toBe(8_000);
  });
});
