import type { Progress } from "../progress.ts";
import { createResults, type Results } from "../results.ts";
import { measureInChild } from "./child.ts";
import { jobs } from "./jobs/index.ts";
import type { Sizes } from "./sizes.ts";

/** How a run is made. */
export interface RunOptions {
  readonly sizes: Sizes;
  readonly rounds: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What was measured, and what could not be. */
export interface Run {
  readonly results: Results;
  /** A sentence for each job and subject that failed. */
  readonly failures: readonly string[];
}

/** Does every job in rounds: each subject in turn, in a process of its own, so that a slow minute of the machine slows all alike. */
export async function runMemory({ sizes, rounds, progress, signal }: RunOptions): Promise<Run> {
  const results = createResults();
  const failures = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    for (const job of jobs.filter(({ once = false }) => round === 0 || !once)) {
      for (const { name } of turned(job.subjects, round)) {
        const what = `${job.name}, ${name}`;
        if (failures.has(what)) continue;
        progress.at(`round ${round + 1} of ${rounds}: ${job.name}`, name);
        try {
          const assignment = { job: job.name, subject: name, sizes, round };
          for (const sample of await measureInChild(assignment, signal)) {
            results.add(name, round, sample);
          }
        } catch (error) {
          signal.throwIfAborted();
          failures.set(what, `${what}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    }
  }
  progress.done();
  return { results, failures: [...failures.values()] };
}

/** Begins with another one each round: none is always the first or the last. */
function turned<T>(all: readonly T[], round: number): T[] {
  const start = round % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}
