import { measureInChild } from "./child.ts";
import type { Progress } from "./progress.ts";
import { createResults, type Results } from "./results.ts";
import type { Suite } from "./suite.ts";

/** How a run is made. */
export interface RunOptions {
  readonly quick: boolean;
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
export async function runSuite(suite: Suite, options: RunOptions): Promise<Run> {
  const ground = await suite.open?.();
  try {
    return await runRounds(suite, ground?.told ?? {}, options);
  } finally {
    options.progress.done();
    await ground?.close();
  }
}

async function runRounds(suite: Suite, told: object, options: RunOptions): Promise<Run> {
  const { quick, rounds, progress, signal } = options;
  const sizes = suite.sizes(quick);
  const results = createResults();
  const failures = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    for (const job of suite.jobs.filter(({ once = false }) => round === 0 || !once)) {
      for (const { name } of turned(job.subjects, round)) {
        const what = `${job.name}, ${name}`;
        if (failures.has(what)) continue;
        progress.at(`${suite.name}, round ${round + 1} of ${rounds}: ${job.name}`, name);
        try {
          const assignment = { ...told, job: job.name, subject: name, sizes, round };
          for (const sample of await measureInChild(suite.measure, assignment, signal)) {
            results.add(name, round, sample);
          }
        } catch (error) {
          signal.throwIfAborted();
          failures.set(what, `${what}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    }
  }
  return { results, failures: [...failures.values()] };
}

/** Begins with another one each round: none is always the first or the last. */
function turned<T>(all: readonly T[], round: number): T[] {
  const start = round % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}
