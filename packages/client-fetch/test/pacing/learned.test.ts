import { describe, expect, it } from "vitest";

import { createLearned, type Learned } from "../../src/pacing/learned.ts";

const start = 1_760_000_000_000;

/** Lets so many calls of 10 tokens through, evenly, from `fromMs` for `forMs`. */
function accept(learned: Learned, count: number, fromMs: number, forMs: number): void {
  for (let index = 0; index < count; index++) {
    learned.accept(start + fromMs + Math.floor((index * forMs) / count), 10);
  }
}

/** Pressed all the time, looked at every five seconds, from `fromMs` until `untilMs`. */
function grow(learned: Learned, fromMs: number, untilMs: number): void {
  for (let atMs = fromMs; atMs <= untilMs; atMs += 5_000) learned.grow(start + atMs, true);
}

describe("what is learnt from refusals", () => {
  it("is nothing before the first", () => {
    const learned = createLearned();
    accept(learned, 500, 0, 60_000);
    expect(learned.grow(start + 60_000, true)).toBe(false);
    expect(learned.limitOf("requests")).toBeUndefined();
    expect(learned.limitOf("tokens")).toBeUndefined();
  });

  it("is what came through within the last minute", () => {
    const learned = createLearned();
    accept(learned, 500, 0, 50_000);
    accept(learned, 300, 60_000, 50_000);
    learned.refuse(start + 115_000, start + 114_000);
    // Between 50 and 60 seconds nothing came, and before 55 it is too old.
    expect(learned.limitOf("requests")).toBe(300);
    expect(learned.limitOf("tokens")).toBe(3_000);
  });

  it("is one call a second at first, where hardly any came through; tokens in proportion, or not at all", () => {
    const few = createLearned();
    accept(few, 3, 0, 10_000);
    few.refuse(start + 10_000, start + 9_000);
    expect([few.limitOf("requests"), few.limitOf("tokens")]).toEqual([60, 600]);
    const none = createLearned();
    none.refuse(start, start - 1);
    expect([none.limitOf("requests"), none.limitOf("tokens")]).toEqual([60, Infinity]);
  });

  it("takes nothing from what was sent before the last refusal", () => {
    const learned = createLearned();
    accept(learned, 300, 0, 60_000);
    learned.refuse(start + 60_000, start + 59_000);
    for (let index = 0; index < 100; index++) learned.refuse(start + 60_100, start + 60_000);
    expect(learned.limitOf("requests")).toBe(300);
  });

  it("is halved at most by each that follows, and is one a minute at least", () => {
    const learned = createLearned();
    accept(learned, 400, 0, 60_000);
    const limits: unknown[] = [];
    for (let index = 0; index < 12; index++) {
      const atMs = start + 60_000 + index * 120_000;
      learned.refuse(atMs, atMs - 1);
      limits.push(learned.limitOf("requests"));
    }
    expect(limits.slice(0, 5)).toEqual([400, 200, 100, 50, 25]);
    expect(limits.at(-1)).toBe(1);
  });

  it("goes up by 8 %, 16 %, … every ten seconds after the first, and not without pressure", () => {
    const learned = createLearned();
    accept(learned, 300, 0, 60_000);
    learned.refuse(start + 60_000, start + 59_000);
    for (let atMs = 65_000; atMs < 300_000; atMs += 5_000) learned.grow(start + atMs, false);
    expect(learned.limitOf("requests")).toBe(300);
    grow(learned, 300_000, 305_000);
    expect(learned.limitOf("requests")).toBeCloseTo(324, 5);
    grow(learned, 310_000, 310_000);
    expect(learned.limitOf("requests")).toBeCloseTo(324 * 1.16, 5);
  });

  it("holds for a minute after the second, then goes up by 1 % ten times", () => {
    const learned = createLearned();
    accept(learned, 300, 0, 60_000);
    learned.refuse(start + 60_000, start + 59_000);
    accept(learned, 290, 60_000, 60_000);
    learned.refuse(start + 120_000, start + 119_000);
    expect(learned.limitOf("requests")).toBe(290);
    grow(learned, 125_000, 175_000);
    expect(learned.limitOf("requests")).toBe(290);
    grow(learned, 180_000, 180_000);
    expect(learned.limitOf("requests")).toBeCloseTo(290 * 1.01, 5);
    grow(learned, 185_000, 270_000);
    expect(learned.limitOf("requests")).toBeCloseTo(290 * 1.01 ** 10, 5);
  });

  it("leaps back to what it was within seconds, once some were let through and none was refused", () => {
    const learned = createLearned();
    accept(learned, 600, 0, 60_000);
    // A minute of refusals.
    for (let atMs = start + 60_000; atMs < start + 120_000; atMs += 2_000) {
      learned.refuse(atMs, atMs - 1);
    }
    expect(learned.limitOf("requests")).toBeLessThan(60);
    grow(learned, 130_000, 140_000);
    expect(learned.limitOf("requests")).toBeLessThan(60);
    accept(learned, 5, 140_000, 1_000);
    grow(learned, 145_000, 165_000);
    expect(learned.limitOf("requests")).toBe(600);
    // Refused there, it was too much after all.
    learned.refuse(start + 166_000, start + 165_500);
    accept(learned, 5, 167_000, 1_000);
    grow(learned, 172_000, 180_000);
    expect(learned.limitOf("requests")).toBeCloseTo(570, 5);
  });

  it("is forgotten after ten minutes without pressure", () => {
    const learned = createLearned();
    accept(learned, 300, 0, 60_000);
    learned.refuse(start + 60_000, start + 59_000);
    expect(learned.grow(start + 660_000, false)).toBe(false);
    expect(learned.grow(start + 660_001, false)).toBe(true);
    expect(learned.limitOf("requests")).toBeUndefined();
  });

  it("bears a clock that steps back", () => {
    const learned = createLearned();
    accept(learned, 300, 0, 60_000);
    accept(learned, 300, -3_600_000, 60_000);
    learned.refuse(start - 3_500_000, start - 3_500_001);
    expect(learned.limitOf("requests")).toBeGreaterThanOrEqual(60);
    expect(learned.grow(start, true)).toBe(true);
  });
});
