import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What the command line asked for. */
export interface Options {
  /** Which suites; all where none is named. */
  readonly suites: readonly string[];
  /** Fewer rounds and calls, for a first look. */
  readonly quick: boolean;
  /** Where the JSON report goes. */
  readonly json: string | undefined;
}

export const usage = `npm run bench -- [memory] [native] [redis] [http] [--quick] [--json FILE]

  memory       the store in this process's memory, beside what is used today
  native       the store in Rust, beside the one in TypeScript; left out where
               there is no binary of it
  redis        the store on a Redis server of its own, beside what is used today
  http         the middleware in a server, beside the server without it and
               what is used today
  --quick      3 rounds of fewer calls, for a first look (1.5 to 2.5 minutes
               each; else 5 rounds in at most 6)
  --json FILE  write every median and spread as JSON`;

const suites = ["memory", "native", "redis", "http"];

/** Reads the command line. Throws an `Error` that says what is wrong. */
export function readOptions(args: readonly string[], directory: string): Options | "help" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const unknown = positionals.find((name) => !suites.includes(name));
  if (unknown !== undefined) {
    throw new Error(`bench: must be one of ${suites.join(", ")}, got "${unknown}"`);
  }
  return {
    suites: positionals.length === 0 ? suites : positionals,
    quick: values.quick,
    json: values.json === undefined ? undefined : resolve(directory, values.json),
  };
}
