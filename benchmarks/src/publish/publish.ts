import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { writePage } from "../page/write.ts";
import type { Report } from "../report.ts";
import { suites } from "../suites.ts";
import { withTables } from "./marked.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Where the run is that is committed. */
export const published: string = join(root, "docs/benchmarks");

/** The pages that say what was measured. */
export function pages(): string[] {
  return globSync(["README.md", "docs/*.md", "packages/*/README.md"], { cwd: root }).map((page) =>
    join(root, page),
  );
}

/** Throws where `report` is of a quick run, or not of every suite. */
export function assertFull({ quick, promises }: Report): void {
  if (quick || suites.some(({ name }) => !(name in promises))) {
    throw new Error("bench: --publish wants a full run");
  }
}

/** Makes `report` the run that is committed: its page, and the tables of the READMEs. Answers where the page is. */
export function publish(report: Report): string {
  for (const page of pages()) {
    const before = readFileSync(page, "utf8");
    const after = withTables(before, report);
    if (after !== before) writeFileSync(page, after);
  }
  return writePage(report, published);
}
