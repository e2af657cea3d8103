import { closeSync, openSync, writeFileSync } from "node:fs";

import { goalTable } from "./goal-table.ts";
import { httpSuite } from "./http/suite.ts";
import { commit, machine, versions } from "./machine.ts";
import { memorySuite } from "./memory/suite.ts";
import { nativeSuite } from "./native/suite.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { createProgress } from "./progress.ts";
import { redisSuite } from "./redis/suite.ts";
import type { Report, Row } from "./report.ts";
import { runSuite } from "./run.ts";
import { ratioRow, verdictOn } from "./verdict.ts";

type Setting = Omit<Report, "rows">;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());

/** 0 when everything was measured, whether or not it reached its goal; 1 when something could not be; 2 for wrong options. */
async function main(): Promise<number> {
  let asked: Options | "help";
  try {
    // Files are named from where the command was typed, not from where npm went to run it.
    asked = readOptions(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
    // Says so now, not after minutes of work.
    if (asked !== "help" && asked.json !== undefined) closeSync(openSync(asked.json, "a"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${reason}\nsee npm run bench -- --help\n`);
    return 2;
  }
  if (asked === "help") {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const chosen = [memorySuite, nativeSuite, redisSuite, httpSuite].filter(({ name }) =>
    asked.suites.includes(name),
  );
  const setting = {
    machine: machine(),
    versions: versions(chosen.flatMap(({ packages }) => packages)),
    commit: commit(),
  };
  print(headOf(setting));
  const rows: Row[] = [];
  let failed = 0;
  for (const suite of chosen) {
    const missing = suite.missing?.();
    if (missing !== undefined) {
      print(["", `${suite.name}: left out, ${missing}`]);
      continue;
    }
    const { results, failures } = await runSuite(suite, {
      quick: asked.quick,
      rounds: asked.quick ? 3 : 5,
      progress: createProgress(),
      signal: stop.signal,
    });
    failed += failures.length;
    print(["", ...suite.tables(results), "", ...goalTable(suite, results), "", footnote]);
    print(failures.map((failure) => `not measured: ${failure}`));
    const verdicts = suite.goals.flatMap((goal) => verdictOn(goal, results, suite) ?? []);
    const ratios = verdicts.flatMap((verdict) => ratioRow(verdict, suite) ?? []);
    rows.push(...results.rows(), ...ratios);
  }
  if (asked.json !== undefined) {
    const report: Report = { ...setting, rows };
    writeFileSync(asked.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return failed === 0 ? 0 : 1;
}

const footnote = "Medians (lowest – highest of all rounds); a ratio is taken round by round.";

function headOf({ machine: where, versions: installed, commit: head }: Setting): string[] {
  const { cpu, cores, memoryGb, os } = where;
  const packages = Object.entries(installed).map(([name, version]) => `${name} ${version}`);
  return [`${cpu}, ${cores} cores, ${memoryGb} GB, ${os}; commit ${head}`, packages.join(", ")];
}

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = 130;
}
