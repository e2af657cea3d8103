import { existsSync, readdirSync } from "node:fs";

import { expect, it, onTestFinished, vi } from "vitest";

import { withCompileCache } from "../src/compile-cache.ts";
import { fullSizes, type Sizes } from "../src/memory/sizes.ts";
import { memorySuite } from "../src/memory/suite.ts";
import { createResults } from "../src/results.ts";
import { runSuites } from "../src/run.ts";
import type { Suite } from "../src/suite.ts";

const sizes: Sizes = { ...fullSizes, keys: 100, calls: 100, warmUpCalls: 10, settlingObjects: 1 };

function suiteOf(name: string, job: string): Suite {
  const jobs = memorySuite.jobs.filter((one) => one.name === job);
  return { ...memorySuite, name, jobs, sizes: () => sizes };
}

async function run(suites: readonly Suite[]): Promise<{ headings: string[]; failed: string[] }> {
  const headings: string[] = [];
  const failed = await runSuites(suites, {
    quick: false,
    rounds: 2,
    results: createResults(),
    progress: { at: (heading) => void headings.push(heading), done() {} },
    signal: new AbortController().signal,
  });
  return { headings, failed: [...failed.values()].flat() };
}

it("does a round of each suite by turns, and a job in as many as it has", async () => {
  const a = suiteOf("a", "full windows");
  const once = suiteOf("a", "batches of 64").jobs.map((job) => ({ ...job, rounds: 1 }));
  const { headings, failed } = await run([
    { ...a, jobs: [...a.jobs, ...once] },
    suiteOf("b", "batches of 64"),
  ]);
  expect(failed).toEqual([]);
  expect(headings).toEqual([
    "round 1 of 2, a: full windows",
    "round 1 of 2, a: batches of 64",
    "round 1 of 2, b: batches of 64",
    "round 2 of 2, a: full windows",
    "round 2 of 2, b: batches of 64",
  ]);
});

it("says once what failed, closes what it opened, and goes on", async () => {
  let open = 0;
  const suite: Suite = {
    ...suiteOf("a", "full windows"),
    jobs: [{ name: "of no process", subjects: [{ name: "nobody" }] }],
    async open() {
      open++;
      return { told: {}, close: async () => void open-- };
    },
  };
  const { headings, failed } = await run([suite, suiteOf("b", "full windows")]);
  expect(failed).toEqual(['of no process, nobody: Error: nothing is named "of no process"']);
  expect(headings.filter((heading) => heading.includes("b:"))).toHaveLength(2);
  expect(open).toBe(0);
});

it("keeps the bytecode of processes that are killed, as long as the run goes", async () => {
  // Who collects coverage wants none.
  vi.stubEnv("NODE_DISABLE_COMPILE_CACHE", undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const folder = await withCompileCache(async () => {
    await run([suiteOf("a", "full windows")]);
    const name = process.env["NODE_COMPILE_CACHE"]!;
    expect(readdirSync(name, { recursive: true }).length).toBeGreaterThan(20);
    return name;
  });
  expect(existsSync(folder)).toBe(false);
  expect(process.env["NODE_COMPILE_CACHE"]).not.toBe(folder);
});
