import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createLongWaits } from "../src/long-waits.ts";

const run = promisify(execFile);

describe("long waits", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("end when they are due, or up to a quarter of a second later, and never early", () => {
    const waits = createLongWaits();
    const ended = new Map<number, number>();
    const startMs = performance.now();
    for (const ms of [10_000, 10_001, 10_100, 12_345, 600_000]) {
      waits.after(ms, () => ended.set(ms, performance.now() - startMs));
      vi.advanceTimersByTime(70);
    }
    vi.advanceTimersByTime(700_000);
    expect([...ended.keys()].toSorted((a, b) => a - b)).toEqual([
      10_000, 10_001, 10_100, 12_345, 600_000,
    ]);
    for (const [index, ms] of [10_000, 10_001, 10_100, 12_345, 600_000].entries()) {
      const tookMs = ended.get(ms)! - index * 70;
      expect(tookMs).toBeGreaterThanOrEqual(ms);
      expect(tookMs).toBeLessThanOrEqual(ms + 250);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it("do not end when they are forgotten, and hold no timer for long then", () => {
    const waits = createLongWaits();
    const ended: string[] = [];
    const forget = waits.after(10_000, () => ended.push("forgotten"));
    waits.after(11_000, () => ended.push("kept"));
    forget();
    forget();
    vi.advanceTimersByTime(20_000);
    expect(ended).toEqual(["kept"]);
    waits.after(10_000, () => ended.push("late"))();
    vi.advanceTimersByTime(250);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("end although another throws when it ends", () => {
    const waits = createLongWaits();
    const ended: string[] = [];
    waits.after(10_000, () => {
      throw new Error("no");
    });
    waits.after(10_000, () => ended.push("other"));
    expect(() => vi.advanceTimersByTime(10_000)).toThrow("no");
    vi.advanceTimersByTime(250);
    expect(ended).toEqual(["other"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("may be begun, and forgotten, by one that ends", () => {
    const waits = createLongWaits();
    const ended: string[] = [];
    waits.after(10_000, () => {
      ended.push("first");
      forget();
      waits.after(10_000, () => ended.push("third"));
    });
    const forget = waits.after(10_000, () => ended.push("second"));
    vi.advanceTimersByTime(20_500);
    expect(ended).toEqual(["first", "third"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** How long a process lives that has nothing but long waits: of `ms`, each forgotten or not. */
async function lifetimeMs(script: string): Promise<number> {
  const startMs = performance.now();
  const source = `import { createLongWaits } from "./src/long-waits.ts"; const waits = createLongWaits(); ${script}`;
  await run(process.execPath, ["--input-type=module-typescript", "--eval", source], {
    cwd: new URL("..", import.meta.url),
  });
  return performance.now() - startMs;
}

describe("a process", () => {
  it("lives as long as it waits for something, and no longer", { timeout: 30_000 }, async () => {
    const kept = await lifetimeMs(
      "const forget = waits.after(60_000, () => {}); forget(); waits.after(2_000, () => {});",
    );
    expect(kept).toBeGreaterThanOrEqual(2_000);
    expect(kept).toBeLessThan(20_000);
    const forgotten = await lifetimeMs(
      "const one = waits.after(60_000, () => {}); const two = waits.after(60_000, () => {}); one(); two();",
    );
    expect(forgotten).toBeLessThan(20_000);
  });
});
