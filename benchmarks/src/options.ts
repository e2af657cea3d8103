import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { suites } from "./suites.ts";

/** What the command line asked for. */
export interface Options {
  /** Whether to judge hot paths by ratios alone, and to measure nothing else. */
  readonly gate: boolean;
  /** Which suites; all where none is named. */
  readonly suites: readonly string[];
  /** Fewer rounds, keys and calls, for a first look. */
  readonly quick: boolean;
  /** Where the JSON goes. */
  readonly json: string | undefined;
  /** The JSON of an earlier run, to say what has moved since. */
  readonly compare: string | undefined;
  /** The JSON of a run to take instead of measuring. */
  readonly from: string | undefined;
  /** Where the page goes. */
  readonly report: string;
  /** Whether the page and the tables in the READMEs are to be those that are committed. */
  readonly publish: boolean;
}

export const usage = `npm run bench -- [SUITE …] [options]

  memory          the stores in this process's memory, beside what is used today
  native          the store in Rust, beside the one in TypeScript; left out
                  where there is no binary of it
  redis           the store on a Redis server of its own, beside what is used
                  today
  http            the middleware in a server, beside the server without it and
                  what is used today
  client          the fetch that paces and retries, beside what is used today
  tokens          ways to charge tokens, on recorded and made-up loads, in
                  simulated time
  gate            nothing of these: hot paths judged by ratios alone, as CI does

  --quick         2 rounds of fewer keys, calls and works, for a first look
                  (two minutes; else 5 rounds, a quarter of an hour)
  --json FILE     write every median and spread as JSON
  --compare FILE  say what moved since the run with this JSON, beyond the noise
                  of both
  --from FILE     measure nothing: take the run with this JSON
  --report DIR    where the page and its charts go (benchmarks/report)
  --publish       write page, charts, JSON and the tables of the READMEs that
                  are committed`;

/** What else a suite is called. */
const aliases: Readonly<Record<string, string>> = { client: "fetch" };

const names = suites.map(({ name }) => name);

/** Reads the command line. Throws an `Error` that says what is wrong. */
export function readOptions(args: readonly string[], directory: string): Options | "help" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      compare: { type: "string" },
      from: { type: "string" },
      report: { type: "string" },
      publish: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const gate = positionals.includes("gate");
  if (gate && positionals.length > 1) throw new Error("bench: gate goes with no other suite");
  const asked = positionals.map((name) => aliases[name] ?? name);
  const unknown = asked.findIndex((name) => name !== "gate" && !names.includes(name));
  if (unknown !== -1) {
    const known = [...names, "gate"].join(", ");
    throw new Error(`bench: must be one of ${known}, got "${positionals[unknown]}"`);
  }
  const isPart = values.quick || (asked.length > 0 && values.from === undefined);
  if (values.publish && isPart) throw new Error("bench: --publish wants a full run");
  const file = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : resolve(directory, name);
  return {
    gate,
    suites: asked.length === 0 ? names : asked,
    quick: values.quick,
    json: file(values.json),
    compare: file(values.compare),
    from: file(values.from),
    report: file(values.report) ?? fileURLToPath(new URL("../report", import.meta.url)),
    publish: values.publish,
  };
}
