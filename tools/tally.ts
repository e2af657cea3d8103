import type { Reporter, TestModule } from "vitest/node";

/** Makes the last line of a run one that a machine can read: `N passed, N failed, N skipped`. */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) counts[test.result().state]++;
    }
    const { passed, failed, skipped, pending } = counts;
    // After the report on coverage, which other reporters have not written yet.
    process.once("exit", () => {
      process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped + pending} skipped\n`);
    });
  }
}
