import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

import { chooseLoad } from "./load/choose.ts";
import type { Load } from "./load/load.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { reasonOf } from "./reason.ts";
import { run } from "./run.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());
// Whoever read the output has gone, as `head` does: there is nobody to run for.
process.stdout.on("error", () => stop.abort());
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => process.exit(crash(error)));

/** Options, a trace or a file that cannot be used: 2. */
async function main(): Promise<number> {
  let asked: { options: Options; load: Load };
  try {
    // Files are named from where the command was typed, not from where npm went to run it.
    const options = readOptions(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
    if (options === "help") {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    if (options.json !== undefined) checkWritable(options.json);
    asked = { options, load: chooseLoad(options.traces, options.forMs * options.speed) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nsee npm start -- --help\n`);
    return 2;
  }
  try {
    return await run(asked.options, asked.load, stop.signal);
  } catch (error) {
    // A signal to the whole group, so early that the children did not ignore it yet.
    if (stop.signal.aborted) {
      process.stderr.write(`stopped: ${reasonOf(error)}\n`);
      return 0;
    }
    throw error;
  }
}

/** Throws when the summary could not be written in the end. */
function checkWritable(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw new Error(`--json: cannot write ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Says what failed in us. The exit code is not 1, which would say that a limit was exceeded. */
function crash(error: unknown): number {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 70;
}

process.exitCode = await main().catch(crash);
