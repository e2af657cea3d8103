import { fixedWindow, type Limit, slidingWindow, tokenBucket } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { createJournal } from "../../src/replay/journal.ts";

const window = slidingWindow({ name: "w", limit: 9, window: "1s", per: ["tenant"] });
const bucket = tokenBucket({ name: "b", capacity: 10, refill: 1, every: "100ms", per: ["tenant"] });
const day = fixedWindow({ name: "d", limit: 9, window: "day", per: ["tenant"] });
const of = (limit: Limit, subject = "acme") => ({ terms: limit.termsFor(), subject, cost: 1 });

describe("the journal of grants", () => {
  it("counts what is still charged, and no more", () => {
    const journal = createJournal(10);
    const entry = journal.entry(of(window));
    journal.add(entry, 3, 1_000, 1);
    journal.add(entry, 2, 1_500, 2);
    expect(journal.charged(entry, 1_600)).toBe(5);
    expect(journal.charged(entry, 1_600, 2)).toBe(2);
    expect(journal.charged(entry, 2_100)).toBe(2);
    expect(journal.charged(entry, 2_600)).toBe(0);
    journal.sweep(2_600, 10);
    expect(journal.size).toBe(0);
  });

  it("drains a bucket, and ends a fixed window with its period", () => {
    const journal = createJournal(10);
    const [level, period] = [journal.entry(of(bucket)), journal.entry(of(day))];
    journal.add(level, 5, 1_000, 1);
    journal.add(period, 5, 1_000, 1);
    expect(journal.charged(level, 1_250)).toBe(3);
    expect(journal.charged(level, 1_500)).toBe(0);
    expect(journal.charged(period, 86_399_999)).toBe(5);
    expect(journal.charged(period, 86_400_000)).toBe(0);
  });

  it("gives back the latest first", () => {
    const journal = createJournal(10);
    const entry = journal.entry(of(window));
    journal.add(entry, 3, 1_000, 1);
    journal.add(entry, 2, 1_500, 2);
    expect(journal.take(of(window), 4, 1_600)).toBe(4);
    expect(journal.charged(entry, 1_600)).toBe(1);
    expect(journal.take(of(window), 4, 1_600)).toBe(1);
  });

  it("is bounded: in counts, and in spans of a count, which become coarser and forget nothing too early", () => {
    const journal = createJournal(2);
    for (const subject of ["a", "b", "c"]) journal.add(journal.entry(of(window, subject)), 1, 0, 1);
    expect([journal.size, journal.dropped]).toEqual([2, 1]);
    const entry = journal.entry(of(window, "c"));
    for (let at = 0; at < 9_000; at++) journal.add(entry, 1, at, at);
    expect(entry.cells.length).toBeLessThanOrEqual(64);
    const charged = journal.charged(entry, 9_000);
    expect(charged).toBeGreaterThanOrEqual(999);
    expect(charged).toBeLessThan(1_070);
  });
});
