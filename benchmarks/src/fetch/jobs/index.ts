import type { Job } from "../job.ts";
import { peers, sluice } from "../subjects.ts";
import { completions, streams } from "./overhead.ts";

/** For a first look: those that goals name. */
const first = [sluice, ...peers.slice(0, 2)];

const all = [sluice, ...peers];
// Six subjects, each to be warm first.
const rounds = 3;

/** All that the fetch suite measures. */
export const jobs: readonly Job[] = [
  { name: "completions", subjects: all, rounds, quick: first, run: completions },
  { name: "streams", subjects: all, rounds, quick: first, run: streams },
];
