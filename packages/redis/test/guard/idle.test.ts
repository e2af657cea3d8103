import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

const run = promisify(execFile);

/** A process that does so with a guarded store, and then has nothing more to do. */
async function lifetimeOf(fault: string): Promise<number> {
  const since = performance.now();
  const script = `
    import { memoryStore, slidingWindow } from "@sluice/core";
    import { guard } from "./src/guard.ts";
    import { replay } from "./src/replay.ts";
    import { faulty } from "./test/guard/faulty.ts";
    const limit = slidingWindow({ name: "rpm", limit: 4, window: "1m", per: [] });
    const store = faulty(memoryStore());
    store.fault = ${JSON.stringify(fault)};
    const own = replay(store, { pulse: async (known) => known });
    const guarded = guard(own, { own });
    const { degraded } = await guarded.reserve([{ terms: limit.termsFor(), subject: "", cost: 1 }]);
    console.log(String(degraded));
  `;
  const args = ["--input-type=module-typescript", "--eval", script];
  const { stdout } = await run(process.execPath, args, { cwd: new URL("../..", import.meta.url) });
  expect(stdout).toBe(fault === "none" ? "undefined\n" : "local\n");
  return performance.now() - since;
}

describe("a process with a guarded store", () => {
  it.each(["none", "rejects", "hangs"])(
    "ends when it has nothing else to do: %s",
    async (fault) => {
      expect(await lifetimeOf(fault)).toBeLessThan(5_000);
    },
  );
});
