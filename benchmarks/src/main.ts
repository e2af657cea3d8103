import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";

import { compare } from "./compare.ts";
import { gateMain } from "./gate/main.ts";
import { measureSuites } from "./measure-suites.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { writePage } from "./page/write.ts";
import { print } from "./print.ts";
import { assertFull, publish } from "./publish/publish.ts";
import { readReport } from "./read-report.ts";
import type { Report } from "./report.ts";
import { suites } from "./suites.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());

/** What the command line asked for, and the runs that it names. */
interface Asked {
  readonly options: Options;
  readonly from: Report | undefined;
  readonly earlier: Report | undefined;
}

/** 0 when everything was measured, whether or not it reached its goal; 1 when something could not be; 2 for wrong options. */
async function main(): Promise<number> {
  let asked: Asked | "help";
  try {
    asked = read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${reason}\nsee npm run bench -- --help\n`);
    return 2;
  }
  if (asked === "help") {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const { options, from, earlier } = asked;
  if (options.gate) return gateMain(stop.signal);
  const { report, failures } =
    from === undefined
      ? await measureSuites(
          suites.filter(({ name }) => options.suites.includes(name)),
          options.quick,
          stop.signal,
        )
      : { report: from, failures: [] };
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  const pages = options.publish ? publish(report) : writePage(report, options.report);
  if (earlier !== undefined) print(["", ...compare(earlier, report)]);
  print(["", `The page: ${pages}`]);
  return failures.length === 0 ? 0 : 1;
}

/** Fails now, not after minutes of work, when a file cannot be read or written. */
function read(): Asked | "help" {
  // Files are named from where the command was typed, not from where npm went to run it.
  const options = readOptions(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
  if (options === "help") return options;
  if (options.json !== undefined) closeSync(openSync(options.json, "a"));
  const from = runIn(options.from);
  if (options.publish && from !== undefined) assertFull(from);
  return { options, from, earlier: runIn(options.compare) };
}

function runIn(file: string | undefined): Report | undefined {
  return file === undefined ? undefined : readReport(readFileSync(file, "utf8"), file);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = 130;
}
