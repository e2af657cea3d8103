import type { Report } from "../report.ts";
import { tables } from "./tables.ts";

const mark = /(<!-- benchmarks: (\S+) -->\n)[\s\S]*?(\n<!-- \/benchmarks -->)/g;

/** `page` with each marked table made of the rows of `report`. Throws where a mark names none. */
export function withTables(page: string, report: Report): string {
  return page.replace(mark, (_, begin: string, name: string, end: string) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`no table is named "${name}"`);
    return `${begin}\n${table(report).join("\n")}\n${end}`;
  });
}

/** `page` without its marked tables. */
export function withoutTables(page: string): string {
  return page.replace(mark, "");
}
