import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { limitNames } from "./plan.ts";

/** What the command line asked for. */
export interface Options {
  /** CSV files to replay; empty for the default load. */
  readonly traces: readonly string[];
  /** How many times faster than recorded. */
  readonly speed: number;
  /** How long requests are sent, in milliseconds of real time. */
  readonly forMs: number;
  /** Limits by name, for each tenant; those not given are a share of the load's own demand. */
  readonly limits: Readonly<Record<string, number>>;
  /** Base URL of an OpenAI-compatible server to use in place of the stand-in, as `http://127.0.0.1:8000/v1`. */
  readonly upstream: string | undefined;
  /** The model that requests ask for. */
  readonly model: string;
  /** Where the JSON summary goes. */
  readonly json: string | undefined;
}

export const usage = `npm start -- [options]

  --trace FILE     replay this CSV (columns TIMESTAMP,ContextTokens,
                   GeneratedTokens); may be given more than once
  --speed N        replay N times faster than recorded, at most 200; windows
                   shrink with it (default 60; 1 with --upstream)
  --for TIME       send requests for so long, as 30s or 2m of real time
                   (default 40s)
  --limits LIST    for each tenant, as rpm=60,tpm=90000,inflight=8; key-tpm is
                   shared by all. The defaults come from the load:
                     rpm and tpm  each tenant's mean demand divided by 3.5
                     key-tpm      80 % of the sum of tpm
                     inflight     the mean number of requests at work, plus one
                   tpm and key-tpm are at least twice the largest request
  --upstream URL   an OpenAI-compatible server in place of the stand-in, as
                   http://127.0.0.1:8000/v1 (OPENAI_API_KEY is sent to it)
  --model NAME     the model that requests ask for (default "stand-in")
  --json FILE      write the summary as JSON`;

const fastest = 200;

/** Reads the command line. Throws an `Error` that says what is wrong. */
export function readOptions(args: readonly string[], directory: string): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trace: { type: "string", multiple: true, default: [] },
      speed: { type: "string" },
      for: { type: "string", default: "40s" },
      limits: { type: "string", default: "" },
      upstream: { type: "string" },
      model: { type: "string", default: "stand-in" },
      json: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return {
    traces: values.trace.map((file) => resolve(directory, file)),
    // A real server is no faster than it is.
    speed: readSpeed(values.speed ?? (values.upstream === undefined ? "60" : "1")),
    forMs: readTime(values.for),
    limits: readLimits(values.limits),
    upstream: values.upstream === undefined ? undefined : readUrl(values.upstream),
    model: values.model,
    json: values.json === undefined ? undefined : resolve(directory, values.json),
  };
}

function readSpeed(text: string): number {
  const speed = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  if (speed > 0 && speed <= fastest) return speed;
  throw new Error(`--speed: must be above 0 and at most ${fastest}, got "${text}"`);
}

function readTime(text: string): number {
  const [, digits, unit] = /^(\d{1,6})(s|m)?$/.exec(text) ?? [];
  const ms = Number(digits) * (unit === "m" ? 60_000 : 1000);
  if (ms > 0) return ms;
  throw new Error(`--for: must be a time, as 30s or 2m, got "${text}"`);
}

function readLimits(text: string): Record<string, number> {
  const limits: Record<string, number> = {};
  const parts = text.split(",").map((part) => part.trim());
  for (const part of parts.filter((word) => word !== "")) {
    const [, name = "", digits] = /^([a-z-]+) *= *(\d{1,15})$/.exec(part) ?? [];
    if (!limitNames.includes(name)) {
      const names = limitNames.join(", ");
      throw new Error(`--limits: must be a list as rpm=60,tpm=90000 of ${names}, got "${part}"`);
    }
    limits[name] = Number(digits);
  }
  return limits;
}

function readUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new Error(`--upstream: must be a URL, as http://127.0.0.1:8000/v1, got "${text}"`);
  }
  return text.replace(/\/+$/, "");
}
