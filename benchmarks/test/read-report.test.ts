import { describe, expect, it } from "vitest";

import { readReport } from "../src/read-report.ts";
import { units } from "../src/report.ts";
import { createResults } from "../src/results.ts";
import { reportOf, rowOf } from "./report-of.ts";

const read = (report: unknown) => readReport(JSON.stringify(report), "run.json");

it("reads what a run writes", () => {
  const results = createResults();
  const course = { everyMs: 10, values: [0.5, 1] };
  results.add("known", 0, { work: "tokens-chat", metric: "overshoot", value: 1.5, course });
  results.add("known", 1, { work: "tokens-chat", metric: "overshoot", value: 1.1 });
  results.add("known", 1, { work: "tokens-chat", metric: "used", value: 0.9 });
  const report = reportOf(results.rows(), { courses: results.courses() });
  expect(read(report)).toEqual(report);
  const { unit } = report.rows[0]!;
  expect(report.rows[0]).toEqual({
    subject: "known",
    work: "tokens-chat",
    metric: "overshoot",
    unit,
    value: 1.3,
    low: 1.1,
    high: 1.5,
  });
  expect(report.courses).toEqual([{ subject: "known", work: "tokens-chat", unit, ...course }]);
});

it("has the metrics that others rely on", () => {
  expect(Object.keys(units)).toEqual(
    expect.arrayContaining(["ns/op", "ops/s", "p999", "bytes/key", "ratio"]),
  );
});

describe("says what is wrong, and where:", () => {
  it.each([
    ["no JSON", "{", /^run\.json: is no JSON/],
    ["no run", "[]", /the run: machine must be of type object, got undefined/],
    [
      "a row without its median",
      reportOf([rowOf({ value: NaN })]),
      /sluice-memory hot ns\/op: value must be of type number, got null/,
    ],
    [
      "an unknown metric",
      reportOf([rowOf({ metric: "furlongs" as "ns/op" })]),
      /there is no such metric/,
    ],
    [
      "a median outside of its spread",
      reportOf([rowOf({ value: 2 })]),
      /between the lowest and the highest/,
    ],
    [
      "a row that is there twice",
      reportOf([rowOf({}), rowOf({})]),
      /sluice-memory hot ns\/op: is there twice/,
    ],
  ])("%s", (_, report, message) => {
    const text = typeof report === "string" ? report : JSON.stringify(report);
    expect(() => readReport(text, "run.json")).toThrow(message);
  });
});

it("tells two ratios of one work apart by what they are ratios of", () => {
  const report = reportOf([
    rowOf({ metric: "ratio", unit: "ns/op: a / own" }),
    rowOf({ metric: "ratio", unit: "ns/op: b / own" }),
  ]);
  expect(read(report).rows).toHaveLength(2);
});
