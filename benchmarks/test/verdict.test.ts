import { describe, expect, it } from "vitest";

import type { Goal } from "../src/goal.ts";
import { memorySuite } from "../src/memory/suite.ts";
import type { Metric, Work } from "../src/report.ts";
import { createResults, type Results } from "../src/results.ts";
import { ratioRow, verdictOn } from "../src/verdict.ts";

const faster: Goal = {
  work: "hot",
  metric: "ns/op",
  of: "best-peer",
  as: "times-better",
  atLeast: 2,
};

function resultsOf(
  ...all: readonly (readonly [subject: string, work: Work, metric: Metric, ...values: number[]])[]
): Results {
  const results = createResults();
  for (const [subject, work, metric, ...values] of all) {
    for (const [round, value] of values.entries())
      results.add(subject, round, { work, metric, value });
  }
  return results;
}

describe("a goal beside the peers", () => {
  const results = resultsOf(
    ["sluice-memory", "hot", "ns/op", 100, 120, 110],
    ["express-rate-limit", "hot", "ns/op", 900, 10, 900],
    ["hono-rate-limiter", "hot", "ns/op", 300, 240, 220],
  );

  it("is judged by the ratios of single rounds to the peer with the lowest median", () => {
    const verdict = verdictOn(faster, results, memorySuite)!;
    expect(verdict.bestPeer?.name).toBe("hono-rate-limiter");
    expect(verdict.own).toEqual({ value: 110, low: 100, high: 120 });
    expect(verdict.ratio).toEqual({ to: "hono-rate-limiter", value: 2, low: 2, high: 3 });
    expect(verdict.isReached).toBe(true);
  });

  it("is missed by a hair", () => {
    expect(verdictOn({ ...faster, atLeast: 2.01 }, results, memorySuite)!.isReached).toBe(false);
  });

  it("has a row in the report that says of what the ratio is", () => {
    expect(ratioRow(verdictOn(faster, results, memorySuite)!, memorySuite)).toEqual({
      subject: "sluice-memory",
      work: "hot",
      metric: "ratio",
      unit: "ns/op: hono-rate-limiter / own",
      value: 2,
      low: 2,
      high: 3,
    });
  });
});

it("judges a work beside another of Sluice's", () => {
  const results = resultsOf(
    ["sluice-memory", "window-10k", "ns/op", 150],
    ["sluice-memory", "window-100", "ns/op", 100],
  );
  const goal = {
    work: "window-10k",
    metric: "ns/op",
    of: "window-100",
    as: "times-worse",
  } as const;
  expect(verdictOn({ ...goal, atMost: 1.5 }, results, memorySuite)).toMatchObject({
    isReached: true,
  });
  expect(verdictOn({ ...goal, atMost: 1.4 }, results, memorySuite)).toMatchObject({
    isReached: false,
  });
});

it("judges a work beside another one of a peer that it names", () => {
  const results = resultsOf(
    ["sluice-memory", "batch64-1m", "ns/op", 100, 110],
    ["hono-rate-limiter", "uniform-1m", "ns/op", 300, 220],
  );
  const goal: Goal = {
    work: "batch64-1m",
    metric: "ns/op",
    of: "uniform-1m",
    beside: "hono-rate-limiter",
    as: "times-better",
    atLeast: 2.5,
  };
  const verdict = verdictOn(goal, results, memorySuite)!;
  const to = "uniform-1m of hono-rate-limiter";
  expect(verdict).toMatchObject({ isReached: true, ratio: { to, value: 2.5, low: 2, high: 3 } });
});

it.each([
  [0.9999, false],
  [1, true],
  [1.0001, false],
])("judges a share of %d of the limit by itself", (value, isReached) => {
  const results = resultsOf(["sluice-memory", "shared-2threads", "admitted", value]);
  const goal: Goal = { work: "shared-2threads", metric: "admitted", atLeast: 1, atMost: 1 };
  expect(verdictOn(goal, results, memorySuite)).toMatchObject({ isReached, ratio: undefined });
});

it("has no verdict on what was not measured", () => {
  expect(verdictOn(faster, createResults(), memorySuite)).toBeUndefined();
  expect(
    verdictOn(faster, resultsOf(["sluice-memory", "hot", "ns/op", 1]), memorySuite),
  ).toBeUndefined();
});

describe("a rate", () => {
  const results = resultsOf(
    ["sluice-memory", "redis-c64", "ops/s", 200, 240],
    ["sluice-memory", "redis-alone-c64", "ops/s", 100, 60],
    ["express-rate-limit", "redis-c64", "ops/s", 80, 80],
    ["hono-rate-limiter", "redis-c64", "ops/s", 100, 120],
  );
  const goal = { work: "redis-c64", metric: "ops/s", as: "times-better" } as const;

  it("is the better the higher it is", () => {
    const verdict = verdictOn({ ...goal, of: "best-peer", atLeast: 2 }, results, memorySuite)!;
    expect(verdict.ratio).toEqual({ to: "hono-rate-limiter", value: 2, low: 2, high: 2 });
    expect(ratioRow(verdict, memorySuite)!.unit).toBe("ops/s: own / hono-rate-limiter");
  });

  it("is judged beside another work of Sluice's, too", () => {
    const verdict = verdictOn(
      { ...goal, of: "redis-alone-c64", atLeast: 3 },
      results,
      memorySuite,
    )!;
    expect(verdict).toMatchObject({ ratio: { value: 3 }, isReached: true });
  });
});
