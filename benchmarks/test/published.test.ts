import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { pageFiles } from "../src/page/write.ts";
import { claims } from "../src/publish/claims.ts";
import { withoutTables, withTables } from "../src/publish/marked.ts";
import { assertFull, pages, published } from "../src/publish/publish.ts";
import { tables } from "../src/publish/tables.ts";
import { readReport } from "../src/read-report.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const file = join(published, "results.json");
const report = readReport(readFileSync(file, "utf8"), "docs/benchmarks/results.json");
const all = pages().map((path) => ({
  page: relative(root, path),
  text: readFileSync(path, "utf8"),
}));

it("commits a full run, at a commit that can be looked at", () => {
  expect(() => assertFull(report)).not.toThrow();
  expect(report.commit).toMatch(/^[\da-f]{12}$/);
});

it("publishes no quick run, and none that lacks a suite", () => {
  const { native: _, ...some } = report.promises;
  expect(() => assertFull({ ...report, quick: true })).toThrow("wants a full run");
  expect(() => assertFull({ ...report, promises: some })).toThrow("wants a full run");
});

it("commits a run, with the page and the charts that are made of its rows", () => {
  const files = pageFiles(report);
  expect(readdirSync(published).toSorted()).toEqual([...files.keys()].toSorted());
  for (const [name, text] of files) expect(readFileSync(join(published, name), "utf8")).toBe(text);
});

it.each(all)("$page shows in its tables what the rows of that run say", ({ text }) => {
  expect(withTables(text, report)).toBe(text);
});

it("shows every table somewhere, and measured in every cell", () => {
  for (const [name, make] of Object.entries(tables)) {
    expect(all.filter(({ text }) => text.includes(`<!-- benchmarks: ${name} -->`))).toHaveLength(1);
    // Of what only one store does there is nothing to show for the other.
    const empty = make(report).filter((line) => /^\|[^|]*\|\s*–/.test(line));
    expect(empty).toEqual([]);
  }
});

it.each(claims)('$page says "$says", and a row of that run shows it', (claim) => {
  const { page, says, subject, work, metric, from, to } = claim;
  expect(all.find((one) => one.page === page)!.text).toContain(says);
  const row = report.rows.find(
    (one) => one.subject === subject && one.work === work && one.metric === metric,
  );
  expect(row?.value).toBeGreaterThanOrEqual(from);
  expect(row?.value).toBeLessThanOrEqual(to);
});

/** Figures as a measurement has them: times of a call, rates, and how many times as fast. */
const figure =
  /\d\s?(?:ns|µs|us)\b|\d\s?k?\s?(?:ops|checks|requests|decisions)(?:\/s| a second)|\d\s?(?:×|times)(?! the limit)[^.|]*(?:fast|slow|quick)|bytes each/;

it.each(all.filter(({ page }) => page !== "docs/layout.md"))(
  "$page has no measured figure but in a table of rows or a claim",
  ({ page, text }) => {
    const prose = withoutTables(text).replaceAll(/```[\s\S]*?```/g, "");
    const said = claims.filter((claim) => claim.page === page).map(({ says }) => says);
    const unshown = prose
      .split("\n")
      .filter((line) => figure.test(line) && !said.some((known) => line.includes(known)));
    expect(unshown).toEqual([]);
  },
);

it("links to charts that there are", () => {
  const text = readFileSync(join(root, "docs/benchmarks.md"), "utf8");
  const links = [...text.matchAll(/\]\((benchmarks[^)]*)\)/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(3);
  expect(links.filter((link) => !existsSync(join(root, "docs", link)))).toEqual([]);
});
