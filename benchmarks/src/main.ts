import { closeSync, openSync, writeFileSync } from "node:fs";

import { commit, machine, versions } from "./machine.ts";
import { goals } from "./memory/goals.ts";
import { runMemory } from "./memory/run.ts";
import { fullSizes, quickSizes } from "./memory/sizes.ts";
import { peers } from "./memory/subjects/index.ts";
import { summary } from "./memory/summary.ts";
import { ratioRow, verdictOn } from "./memory/verdict.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { createProgress } from "./progress.ts";
import type { Report } from "./report.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());

/** 0 when everything was measured, whether or not it reached its goal; 1 when something could not be; 2 for wrong options. */
async function main(): Promise<number> {
  let options: Options | "help";
  try {
    // Files are named from where the command was typed, not from where npm went to run it.
    options = readOptions(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
    // Says so now, not after minutes of work.
    if (options !== "help" && options.json !== undefined) closeSync(openSync(options.json, "a"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${reason}\nsee npm run bench -- --help\n`);
    return 2;
  }
  if (options === "help") {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const setting = {
    machine: machine(),
    versions: versions(["@sluice/core", ...peers.map(({ name }) => name)]),
    commit: commit(),
  };
  const { results, failures } = await runMemory({
    sizes: options.quick ? quickSizes : fullSizes,
    rounds: options.quick ? 3 : 5,
    progress: createProgress(),
    signal: stop.signal,
  });
  process.stdout.write(`${summary(setting, results, failures).join("\n")}\n`);
  if (options.json !== undefined) {
    const verdicts = goals.flatMap((goal) => verdictOn(goal, results) ?? []);
    const ratios = verdicts.flatMap((verdict) => ratioRow(verdict) ?? []);
    const report: Report = { ...setting, rows: [...results.rows(), ...ratios] };
    writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return failures.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = 130;
}
