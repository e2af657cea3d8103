import { describe, expect, it } from "vitest";

import { amount } from "../src/page/amount.ts";
import { pageFiles } from "../src/page/write.ts";
import { reportOf, rowOf } from "./report-of.ts";

const report = reportOf(
  [
    rowOf({ value: 300, low: 290, high: 340 }),
    rowOf({ subject: "hono-rate-limiter", value: 120, low: 110, high: 150 }),
    rowOf({ subject: "a <b> & c", value: 9_000, low: 8_000, high: 9_500 }),
    ...(["p50", "p90", "p99", "p999"] as const).map((metric, index) =>
      rowOf({ work: "uniform-1m", metric, value: 10 ** (index + 2), low: 1, high: 1e6 }),
    ),
    rowOf({
      subject: "reserve-extend",
      work: "tokens-chat",
      metric: "overshoot",
      value: 1.04,
      low: 1,
      high: 1.1,
    }),
    rowOf({
      subject: "ky",
      work: "fetch",
      metric: "ops/s",
      unit: "1/s",
      value: 1_000,
      low: 900,
      high: 1_100,
    }),
    rowOf({
      metric: "ratio",
      unit: "ns/op: hono-rate-limiter / own",
      value: 0.4,
      low: 0.3,
      high: 0.5,
    }),
  ],
  {
    promises: {
      memory: { "sluice-memory": "exact", "a <b> & c": "nothing" },
      fetch: { ky: "retries" },
    },
    courses: [
      {
        subject: "reserve-extend",
        work: "tokens-chat",
        unit: "of the limit",
        everyMs: 10_000,
        values: [0.2, 1.04, 0.9],
      },
    ],
  },
);
const files = pageFiles(report);
const page = files.get("index.html")!;
const hot = files.get("hot-ns-op.svg")!;

it("draws what was measured, and nothing else", () => {
  expect([...files.keys()].toSorted()).toEqual([
    "fetch-ops-s.svg",
    "hot-ns-op.svg",
    "hot-uniform-1m-batch64-1m-limits3-1m-window-100-window-10k-ns-op.svg",
    "index.html",
    "results.json",
    "tokens-chat-course.svg",
    "tokens-chat-overshoot.svg",
    "uniform-1m-latency.svg",
  ]);
});

it("is the same page for the same run", () => {
  expect(pageFiles(report)).toEqual(files);
});

it("needs no network and no script", () => {
  expect(page).not.toMatch(/<script|<link|@import|src=|url\((?!#)|https?:\/\/(?!www\.w3\.org)/);
});

it("writes each value with its unit beside its bar, in the order of the best", () => {
  const texts = [...hot.matchAll(/>([^<>]+)<\/text>/g)].map(([, text]) => text);
  expect(texts).toEqual(
    expect.arrayContaining(["300 ns", "120 ns", "9.00 µs", "One hot key, allowed"]),
  );
  expect(hot.indexOf(">hono-rate-limiter<")).toBeLessThan(hot.indexOf(">sluice-memory<"));
});

it("uses a scale of ratios where the longest would hide the shortest, and says so", () => {
  expect(hot).toContain("time of one decision (log scale)");
  expect(files.get("fetch-ops-s.svg")).not.toContain("log scale");
});

const stripes = (svg: string): number => svg.match(/stroke-opacity="0.55"/g)?.length ?? 0;

it("stands out without colour: Sluice is striped and bold", () => {
  expect(stripes(hot)).toBeGreaterThan(3);
  expect(stripes(files.get("fetch-ops-s.svg")!)).toBe(0);
});

it("turns dark where that is what the reader prefers, each drawing by itself", () => {
  const drawings = [...files].filter(([name]) => name.endsWith(".svg"));
  for (const [, svg] of drawings) expect(svg).toContain("prefers-color-scheme: dark");
  expect(page).toContain("color-scheme: light dark");
});

it("says what an answer of each is worth, and shows names as they are", () => {
  expect(page).toContain("<dt>ky</dt><dd>retries</dd>");
  expect(page).toContain("a &#60;b&#62; &#38; c");
  expect(page).not.toContain("<b>");
});

it("gives no two drawings of a page the same ids", () => {
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe("an amount", () => {
  it.each([
    [4.567, "ns/op", "4.57 ns"],
    [999.4, "ns/op", "999 ns"],
    [999.6, "p999", "1.00 µs"],
    [12_345_678, "p999", "12.3 ms"],
    [98_765, "ops/s", "98.8 k/s"],
    [1_234, "bytes/key", "1,234 B"],
    [0.954, "kept", "95 %"],
    [1.066, "overshoot", "1.07 ×"],
    [3.21, "server-us", "3.21 µs"],
  ] as const)("of %d %s is %s", (value, metric, text) => {
    expect(amount(value, metric)).toBe(text);
  });
});
