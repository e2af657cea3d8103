import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { generatedSurfaces } from "../src/load/generated.ts";
import { loadOf, type TraceRow } from "../src/load/load.ts";
import { readTrace } from "../src/load/trace.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-"));
afterAll(() => rmSync(folder, { recursive: true }));

function traceOf(text: string): ReturnType<typeof readTrace> {
  const file = join(folder, "trace.csv");
  writeFileSync(file, text);
  return readTrace(file);
}

const row = (atMs: number): TraceRow => ({ atMs, contextTokens: 1, generatedTokens: 1 });

const expectNear = (value: number, recorded: number): void => {
  expect(value / recorded).toBeGreaterThan(0.75);
  expect(value / recorded).toBeLessThan(1.25);
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a trace", () => {
  it("is read whatever the order of its columns, its line ends and the digits of its times", () => {
    const { name, rows } = traceOf(
      "\uFEFFContextTokens,TIMESTAMP,GeneratedTokens,Note\r\n" +
        "374,2023-11-16 18:15:46.6805900,44,a\r\n" +
        "5,2023-11-16T18:15:46Z,0,b\r\n",
    );
    expect(name).toBe("trace");
    expect(rows).toEqual([
      { atMs: Date.UTC(2023, 10, 16, 18, 15, 46), contextTokens: 5, generatedTokens: 0 },
      { atMs: Date.UTC(2023, 10, 16, 18, 15, 46, 680), contextTokens: 374, generatedTokens: 44 },
    ]);
  });

  it.each([
    ["", "needs the columns"],
    ["TIMESTAMP,ContextTokens,GeneratedTokens\n", "has no records"],
    [
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,1000001,1\n",
      "record 1: ContextTokens must be a whole number of at most 1000000",
    ],
    ["TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,1\n", "trace.csv: Invalid"],
    ["TIMESTAMP,ContextTokens\n2023-11-16 18:15:46,1\n", "lacks GeneratedTokens"],
    [
      "TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,1,1\n",
      'record 1: TIMESTAMP must be as 2023-11-16 18:17:03.979, got "yesterday"',
    ],
    ["TIMESTAMP,ContextTokens,GeneratedTokens\n2023-13-16 18:15:46,1,1\n", "record 1: TIMESTAMP"],
    [
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,-1,1\n",
      "record 1: ContextTokens must be a whole number",
    ],
    [
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,1,1.5\n",
      "record 1: GeneratedTokens must be a whole number",
    ],
  ])("names what is wrong in %j", (text, message) => {
    expect(() => traceOf(text)).toThrow(message);
  });
});

describe("a load", () => {
  it("starts each surface at 0, in order, and is cut at its length", () => {
    const { requests } = loadOf(
      "test",
      [
        { name: "x", rows: [row(500), row(900)] },
        { name: "y", rows: [row(100), row(300), row(5_100)] },
      ],
      5_000,
    );
    expect(requests.map(({ atMs, tenant, stream }) => [atMs, tenant, stream])).toEqual([
      [0, "x-1", true],
      [0, "y-1", false],
      [200, "y-1", false],
      [400, "x-1", true],
    ]);
  });
});

describe("the generated load", () => {
  // Of the recorded traces: requests an hour, and mean tokens of a prompt and of an answer.
  it.each([
    ["chat", 19_366, 1155, 211],
    ["code", 8_819, 2048, 28],
  ])("of %s has the statistics of the recorded one", (surface, requests, context, generated) => {
    const { rows } = generatedSurfaces(1).find(({ name }) => name === surface)!;
    expectNear(rows.length, requests);
    expectNear(mean(rows.map(({ contextTokens }) => contextTokens)), context);
    expectNear(mean(rows.map(({ generatedTokens }) => generatedTokens)), generated);
    expect(rows.every(({ atMs }, index) => index === 0 || atMs >= rows[index - 1]!.atMs)).toBe(
      true,
    );
  });

  it("is the same each time", () => {
    expect(generatedSurfaces(1)).toEqual(generatedSurfaces(1));
    expect(generatedSurfaces(1)).not.toEqual(generatedSurfaces(2));
  });
});
