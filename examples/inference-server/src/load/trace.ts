import { readFileSync } from "node:fs";
import { basename } from "node:path";

import { parse } from "csv-parse/sync";

import type { Surface, TraceRow } from "./load.ts";

const columns = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"] as const;

/** Of one prompt or answer. */
const mostTokens = 1_000_000;

/** A trace file as a surface of this name. Throws an `Error` that names the file and the record that is wrong. */
export function readTrace(file: string, name: string = surfaceName(file)): Surface {
  const records = readRecords(file);
  const missing = columns.filter((column) => records[0]?.[column] === undefined);
  if (missing.length > 0) {
    const lacking = records.length === 0 ? "has no records" : `lacks ${missing.join(",")}`;
    throw new Error(`${file}: needs the columns ${columns.join(",")} and a record, ${lacking}`);
  }
  const rows = records.map((record, index): TraceRow => {
    const at = `${file}, record ${index + 1}`;
    return {
      atMs: readTimestamp(record["TIMESTAMP"] ?? "", at),
      contextTokens: readCount(record, "ContextTokens", at),
      generatedTokens: readCount(record, "GeneratedTokens", at),
    };
  });
  return { name, rows: rows.toSorted((a, b) => a.atMs - b.atMs) };
}

function readRecords(file: string): Record<string, string>[] {
  try {
    return parse(readFileSync(file), {
      columns: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** UTC, with up to 7 digits of a second: `2023-11-16 18:17:03.9799600`. */
function readTimestamp(text: string, at: string): number {
  const [, day, time, fraction = ""] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?Z?$/.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time}Z`) + Math.floor(Number(`0${fraction}`) * 1000);
  if (Number.isInteger(ms)) return ms;
  throw new Error(`${at}: TIMESTAMP must be as 2023-11-16 18:17:03.979, got "${text}"`);
}

function readCount(record: Record<string, string>, column: string, at: string): number {
  const text = record[column] ?? "";
  if (/^\d{1,7}$/.test(text) && Number(text) <= mostTokens) return Number(text);
  throw new Error(
    `${at}: ${column} must be a whole number of at most ${mostTokens}, got "${text}"`,
  );
}

function surfaceName(file: string): string {
  const name = basename(file)
    .replace(/\.csv$/i, "")
    .replaceAll(/[^\w.-]/g, "-")
    .slice(0, 40);
  return name === "" ? "trace" : name;
}
