import type { Reporter, TestModule } from "vitest/node";

/** Makes the last line of a run one that a machine can read: `N passed, N failed, N skipped`, after why. */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const notes = new Set<string>();
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        counts[result.state]++;
        if (result.state === "skipped" && result.note !== undefined) notes.add(result.note);
      }
    }
    const reasons = [...notes].map((note) => `skipped: ${note}\n`).join("");
    const { passed, failed, skipped, pending } = counts;
    // After the report on coverage, which other reporters have not written yet.
    process.once("exit", () => {
      process.stdout.write(
        `\n${reasons}${passed} passed, ${failed} failed, ${skipped + pending} skipped\n`,
      );
    });
  }
}
