import { withCompileCache } from "./compile-cache.ts";
import { goalTable } from "./goal-table.ts";
import { commit, machine, versions } from "./machine.ts";
import { print } from "./print.ts";
import { createProgress } from "./progress.ts";
import type { Report } from "./report.ts";
import { createResults } from "./results.ts";
import { runSuites } from "./run.ts";
import type { Suite } from "./suite.ts";
import { ratioRow, verdictOn } from "./verdict.ts";

/** What a run came to, and a sentence for each thing that could not be measured. */
interface Measured {
  readonly report: Report;
  readonly failures: readonly string[];
}

/** Runs `chosen`, and prints what each came to. */
export async function measureSuites(
  chosen: readonly Suite[],
  quick: boolean,
  signal: AbortSignal,
): Promise<Measured> {
  const setting = {
    machine: machine(),
    versions: versions(chosen.flatMap(({ packages }) => packages)),
    commit: commit(),
    at: new Date().toISOString(),
    quick,
  };
  print(headOf(setting));
  const rounds = quick ? 2 : 5;
  const results = createResults();
  const possible = chosen.filter((suite) => {
    const missing = suite.missing?.();
    if (missing !== undefined) print(["", `${suite.name}: left out, ${missing}`]);
    return missing === undefined;
  });
  const progress = createProgress();
  const failed = await withCompileCache(() =>
    runSuites(possible, { quick, rounds, results, progress, signal }),
  );
  for (const [suite, failures] of failed) {
    const promises = Object.entries(suite.promises).map(([name, means]) => `${name}: ${means}`);
    print(["", ...suite.tables(results), "", ...promises]);
    print(["", ...goalTable(suite, results), "", footnote]);
    if (quick) print([`Quick: ${suite.quickly}.`]);
    print(failures.map((failure) => `not measured: ${failure}`));
  }
  const verdicts = possible.flatMap((suite) =>
    suite.goals.flatMap((goal) => {
      const verdict = verdictOn(goal, results, suite);
      return (verdict && ratioRow(verdict, suite)) ?? [];
    }),
  );
  const promises = Object.fromEntries(possible.map((suite) => [suite.name, suite.promises]));
  const rows = [...results.rows(), ...verdicts];
  return {
    report: { ...setting, promises, rows, courses: results.courses() },
    failures: [...failed.values()].flat(),
  };
}

const footnote = "Medians (lowest – highest of all rounds); a ratio is taken round by round.";

function headOf({
  machine: { cpu, cores, memoryGb, os },
  versions: installed,
  commit: head,
}: Pick<Report, "machine" | "versions" | "commit">): string[] {
  const packages = Object.entries(installed).map(([name, version]) => `${name} ${version}`);
  return [`${cpu}, ${cores} cores, ${memoryGb} GB, ${os}; commit ${head}`, packages.join(", ")];
}
