import { measureInChild } from "./child.ts";
import type { Progress } from "./progress.ts";
import type { Results } from "./results.ts";
import type { Suite } from "./suite.ts";

/** How a run is made. */
export interface RunOptions {
  readonly quick: boolean;
  readonly rounds: number;
  /** What was measured before, to which this is added: rounds of its own, even of a subject and work that it already has. */
  readonly results: Results;
  /** Above all rounds there are. */
  readonly firstRound: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Does every job in rounds: each subject in turn, in a process of its own, so that a slow minute of the machine slows all alike. Answers
 * with a sentence for each job and subject that failed.
 */
export async function runSuite(suite: Suite, options: RunOptions): Promise<string[]> {
  const ground = await suite.open?.();
  try {
    return await runRounds(suite, ground?.told ?? {}, options);
  } finally {
    options.progress.done();
    await ground?.close();
  }
}

async function runRounds(suite: Suite, told: object, options: RunOptions): Promise<string[]> {
  const { quick, rounds, results, firstRound, progress, signal } = options;
  const sizes = suite.sizes(quick);
  const failures = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    for (const job of suite.jobs.filter(({ once = false }) => round === 0 || !once)) {
      const subjects = (quick ? job.quick : undefined) ?? job.subjects;
      for (const { name } of turned(subjects, round)) {
        const what = `${job.name}, ${name}`;
        if (failures.has(what)) continue;
        progress.at(`${suite.name}, round ${round + 1} of ${rounds}: ${job.name}`, name);
        try {
          const assignment = { ...told, job: job.name, subject: name, sizes, round };
          for (const sample of await measureInChild(suite.measure, assignment, signal)) {
            results.add(name, firstRound + round, sample);
          }
        } catch (error) {
          signal.throwIfAborted();
          failures.set(what, `${what}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    }
  }
  return [...failures.values()];
}

/** Begins with another one each round: none is always the first or the last. */
function turned<T>(all: readonly T[], round: number): T[] {
  const start = round % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}
