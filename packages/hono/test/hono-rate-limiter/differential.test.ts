import * as ours from "@sluice/hono/hono-rate-limiter";
import * as theirs from "hono-rate-limiter";
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

async function sees(scenario: Scenario, side: Package): Promise<unknown> {
  vi.setSystemTime(start);
  return play(scenario, side, (ms) => void vi.advanceTimersByTime(ms));
}

it("compares at least 150 scenarios, each told apart by its title", () => {
  process.stdout.write(`${scenarios.length} scenarios for hono-rate-limiter\n`);
  expect(scenarios.length).toBeGreaterThanOrEqual(150);
  expect(new Set(scenarios.map(({ title }) => title)).size).toBe(scenarios.length);
});

describe("what a client sees is the same", () => {
  it.each(scenarios)("$title", async (scenario) => {
    // The same code on both sides: what each has of its own is behind the same names.
    const expected = await sees(scenario, theirs);
    expect(await sees(scenario, ours)).toEqual(expected);
  });
});
