import { createLimiter } from "../limiter.ts";
import type { Store } from "../store/store.ts";
import { examples } from "./contract-examples.ts";
import { compareWithOracle, type MakeStore } from "./differential.ts";
import { manualClock } from "./manual-clock.ts";
import { rememberMs, workbench } from "./workbench.ts";

/** The two functions of a test framework that the contract needs; those of vitest, Jest, Mocha and `node:test` fit. */
export interface ContractRunner {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: (title: string, body: () => Promise<void>) => unknown;
}

/**
 * Declares the tests that every store passes: the rules by example, then a random workload of `operations` (default: 20,000)
 * compared with the oracle. Works with a store that answers at once and with one that promises.
 */
export function storeContract(
  runner: ContractRunner,
  makeStore: MakeStore,
  { operations = 20_000, seed = 1 }: { readonly operations?: number; readonly seed?: number } = {},
): void {
  runner.describe("store contract", () => {
    for (const [title, limits, body] of examples) {
      runner.it(title, async () => {
        const clock = manualClock();
        const store = await makeStore(clock, rememberMs);
        await body(workbench(createLimiter<Store>({ limits, store }), clock));
      });
    }
    runner.it(`answers ${operations} random operations as the oracle does`, async () => {
      await compareWithOracle({ makeStore, operations, seed });
    });
  });
}
