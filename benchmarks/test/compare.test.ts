import { seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { compare, movesBetween } from "../src/compare.ts";
import type { Metric, Report, Row } from "../src/report.ts";
import { spreadOf } from "../src/statistics.ts";
import { reportOf, rowOf } from "./report-of.ts";

const row = (metric: Metric, low: number, value: number, high: number, unit?: string): Row =>
  rowOf({ metric, low, value, high, ...(unit === undefined ? {} : { unit }) });

type Spread = [low: number, value: number, high: number];

const steadyAmongOthers = (value: number): Report =>
  reportOf([
    row("ns/op", value, value, value),
    ...["a", "b"].map((subject) => rowOf({ subject, low: 85, value: 100, high: 115 })),
    // Of another metric.
    row("ops/s", value, value, value),
  ]);

const movedTo = (value: number): string[] =>
  movesBetween(steadyAmongOthers(100), steadyAmongOthers(value)).map(({ after }) => after.metric);

describe("a row", () => {
  it.each([
    ["whose median moved farther than both spreads are wide", [95, 100, 105], [115, 121, 125], 1],
    ["whose median moved no farther", [95, 100, 105], [115, 120, 125], 0],
    ["that hardly moved, however steady each run was", [100, 100, 100], [104, 104, 104], 0],
    ["that moved by more than 5 % between steady runs", [100, 100, 100], [106, 106, 106], 1],
  ] as [string, Spread, Spread, number][])(
    "%s counts so many times as moved",
    (_, before, after, count) => {
      const moves = movesBetween(
        reportOf([row("ns/op", ...before)]),
        reportOf([row("ns/op", ...after)]),
      );
      expect(moves).toHaveLength(count);
    },
  );

  it("that by chance has a narrower spread than others of its metric is judged by theirs", () => {
    expect(movedTo(140)).toEqual(["ops/s"]);
    expect(movedTo(260)).toEqual(["ns/op", "ops/s"]);
  });

  it("of bytes on a heap that holds next to none moves by more than 4", () => {
    const moves = [-1, 6].map((value) =>
      movesBetween(
        reportOf([row("heap-bytes/key", 0.4, 0.4, 0.4)]),
        reportOf([row("heap-bytes/key", value, value, value)]),
      ),
    );
    expect(moves.map(({ length }) => length)).toEqual([0, 1]);
  });

  it("that only one of the runs has is no move", () => {
    const other = rowOf({ work: "zipf-1m", value: 900, low: 900, high: 900 });
    expect(movesBetween(reportOf([row("ns/op", 1, 1, 1)]), reportOf([other]))).toEqual([]);
  });
});

it.each([
  ["ns/op", undefined, "worse"],
  ["ops/s", undefined, "better"],
  ["bytes/key", undefined, "worse"],
  ["kept", undefined, "better"],
  ["admitted", undefined, "other"],
  ["ratio", "ns/op: hono-rate-limiter / own", "better"],
  ["ratio", "ns/op: own / window-100", "worse"],
  ["ratio", "ops/s: own / rate-limit-redis", "better"],
  ["ratio", "x", "better"],
] as const)("more of %s (%s) is %s", (metric, unit, sense) => {
  const [move] = movesBetween(
    reportOf([row(metric, 1, 1, 1, unit)]),
    reportOf([row(metric, 2, 2, 2, unit)]),
  );
  expect(move!.sense).toBe(sense);
});

describe.each([
  [3, 0.002, 0.95],
  [5, 0.001, 0.97],
])("of 5,000 rows of %d rounds", (rounds, mostByChance, leastSeen) => {
  const random = seededRandom(7);
  // Near enough to how a machine is disturbed: mostly little, now and then much.
  const disturbed = (): number => 100 + 5 / (0.1 + random.integer(0, 1_000) / 1_000);
  const run = (times: number): Report =>
    reportOf(
      Array.from({ length: 5_000 }, (_, index) => {
        const values = Array.from({ length: rounds }, () => times * disturbed());
        return rowOf({ subject: `subject-${index}`, ...spreadOf(values) });
      }),
    );
  const share = (times: number): number => movesBetween(run(1), run(times)).length / 5_000;

  it(`a share of at most ${mostByChance} moves by chance`, () => {
    expect(share(1)).toBeLessThanOrEqual(mostByChance);
  });

  it(`a share of ${leastSeen} is seen that takes twice as long`, () => {
    expect(share(2)).toBeGreaterThanOrEqual(leastSeen);
  });
});

it("says how many rows both runs have, what moved, by how much and which way", () => {
  const before = reportOf([row("ns/op", 99, 100, 101), row("ops/s", 10, 10, 10)]);
  const after = reportOf([row("ns/op", 49, 50, 51), row("ops/s", 10, 10, 10)]);
  const lines = compare(before, after);
  expect(lines[0]).toContain("Of 2 rows that both runs have, 1 moved beyond the noise of both");
  expect(lines.at(-1)).toMatch(
    /sluice-memory +hot +ns\/op +100 \(99 – 101\) +50 \(49 – 51\) +-50 % +better$/,
  );
});

it("warns where the runs are of different machines or sizes", () => {
  const before = reportOf([], { quick: true });
  const machine = { ...before.machine, cpu: "another" };
  const text = compare(before, reportOf([], { machine })).join(" ");
  expect(text).toContain("different machines");
  expect(text).toContain("One of them was quick");
});

it.each([
  ["ns/op", [100, 100], [120, 120], "took 20 % more time"],
  ["ops/s", [100, 100], [125, 125], "took 20 % less time"],
  ["ns/op", [100, 100], [104, 104], undefined],
  // One that moves by itself is not the machine.
  ["ns/op", [100, 100, 100], [100, 200, 100], undefined],
] as const)("of peers whose %s went from %j to %j it says %s", (metric, was, is, says) => {
  const run = (values: readonly number[]): Report => {
    const rows = values.map((value, index) => {
      const subject = `peer-${index}`;
      return rowOf({ subject, metric, value, low: value / 2, high: value * 2 });
    });
    const own = rowOf({ metric, value: 900 * values[0]!, low: 1, high: 1e6 });
    return reportOf([...rows, own]);
  };
  const text = compare(run(was), run(is)).join(" ");
  expect(/packages do (took [^:]+):/.exec(text)?.[1]).toBe(says);
});
