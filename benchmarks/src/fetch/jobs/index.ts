import type { Job } from "../job.ts";
import { peers, sluice } from "../subjects.ts";
import { completions, streams } from "./overhead.ts";

/** All that the fetch suite measures. */
export const jobs: readonly Job[] = [
  { name: "completions", subjects: [sluice, ...peers], run: completions },
  { name: "streams", subjects: [sluice, ...peers], run: streams },
];
