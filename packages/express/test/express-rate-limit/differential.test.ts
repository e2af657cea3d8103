import * as ours from "@sluice/express/express-rate-limit";
import express5 from "express";
import * as theirs from "express-rate-limit";
import express4 from "express4";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { scenarios } from "./scenarios/index.ts";
import { type Package, play, type Scenario } from "./side.ts";

const start = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

// Both read `Date`, and theirs has an interval: both see the same instants, and sockets keep their own time.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function sees(scenario: Scenario, side: Package, create: typeof express5): Promise<unknown> {
  vi.setSystemTime(start);
  return play(scenario, side, create, (ms) => void vi.advanceTimersByTime(ms));
}

it("compares at least 150 scenarios, each told apart by its title", () => {
  process.stdout.write(`${scenarios.length} scenarios for express-rate-limit\n`);
  expect(scenarios.length).toBeGreaterThanOrEqual(150);
  expect(new Set(scenarios.map(({ title }) => title)).size).toBe(scenarios.length);
});

describe.each([
  ["Express 5", express5],
  ["Express 4", express4],
])("what a client of %s sees, and what is logged, is the same", (_, create) => {
  it.each(scenarios)("$title", async (scenario) => {
    // The same code on both sides: what each has of its own is behind the same names.
    const expected = await sees(scenario, theirs, create);
    expect(await sees(scenario, ours, create)).toEqual(expected);
  });
});
