import { existsSync, globSync } from "node:fs";
import { availableParallelism } from "node:os";

import { defineConfig } from "vitest/config";

import Tally from "./tools/tally.ts";

const workspaces = globSync("{packages/*,examples/*,benchmarks,runtimes}").filter((folder) =>
  existsSync(`${folder}/package.json`),
);

export default defineConfig({
  test: {
    // Many tests wait for servers and windows; vitest alone would leave one of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Longer than any machine is ever busy: only what hangs is to fail by it.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    projects: workspaces.map((folder) => ({
      extends: true,
      root: folder,
      test: {
        name: folder.split("/").at(-1)!,
        include: ["test/**/*.test.ts"],
        globalSetup: globSync(`${import.meta.dirname}/${folder}/test/set-up.ts`),
      },
    })),
    reporters: ["default", new Tally()],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**"],
      reporter: ["text-summary", "lcovonly"],
      thresholds: { statements: 95, branches: 90 },
    },
  },
});
