import { outcomeCounts } from "@sluice/client-fetch";
import { expect, it } from "vitest";

it("shows answers that were cut by their length as a rate of each kind", () => {
  const counts = outcomeCounts();
  expect([counts.cutRate("a"), counts.of("a")]).toEqual([0, undefined]);
  for (const outcome of [
    "complete",
    "complete",
    "cut",
    "complete",
    "aborted",
    "truncated",
  ] as const) {
    counts.count("a", outcome);
  }
  counts.count("b", "cut");
  expect([counts.cutRate("a"), counts.cutRate("b")]).toEqual([0.25, 1]);
  expect(counts.of("a")).toEqual({
    complete: 3,
    cut: 1,
    aborted: 1,
    truncated: 1,
    filtered: 0,
    failed: 0,
    unknown: 0,
  });
});

it("keeps no more kinds than it is told", () => {
  const counts = outcomeCounts(2);
  for (const key of ["a", "b", "c"]) counts.count(key, "cut");
  expect(["a", "b", "c"].map((key) => counts.cutRate(key))).toEqual([0, 1, 1]);
});
