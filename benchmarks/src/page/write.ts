import { globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Report } from "../report.ts";
import { chartsOf } from "./charts.ts";
import { htmlPage } from "./html.ts";

/** What a run looks like, by the names of files: the page, its charts each by itself, and the rows. */
export function pageFiles(report: Report): Map<string, string> {
  const drawn = chartsOf(report);
  const files = new Map([
    ["index.html", htmlPage(report, drawn)],
    ["results.json", `${JSON.stringify(report, undefined, 2)}\n`],
  ]);
  for (const { name, svg } of drawn.flatMap(({ drawings }) => drawings)) {
    files.set(`${name}.svg`, svg);
  }
  return files;
}

/** Writes the page of `report` into `directory`, in place of the one that is there. Answers where it is. */
export function writePage(report: Report, directory: string): string {
  mkdirSync(directory, { recursive: true });
  for (const old of globSync(join(directory, "*.svg"))) rmSync(old);
  for (const [name, text] of pageFiles(report)) writeFileSync(join(directory, name), text);
  return join(directory, "index.html");
}
