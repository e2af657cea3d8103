import { measureInChild } from "./child.ts";
import type { Progress } from "./progress.ts";
import type { Results } from "./results.ts";
import type { Suite } from "./suite.ts";

/** How a run is made. */
export interface RunOptions {
  readonly quick: boolean;
  readonly rounds: number;
  /** What was measured before, to which this is added. */
  readonly results: Results;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A suite while it runs. */
interface Running {
  /** Does every job, each subject in turn, in a process of its own: a slow minute of the machine slows all alike. */
  round(round: number): Promise<void>;
  /** A sentence for each job and subject that failed. */
  failures(): readonly string[];
  close(): Promise<void>;
}

/**
 * Does all rounds of `suites`, one round of each by turns: rounds that follow each other at once are alike, and their spread says less than how a
 * machine changes from one quarter of an hour to the next. Answers with a sentence for each job and subject of a suite that failed.
 */
export async function runSuites(
  suites: readonly Suite[],
  options: RunOptions,
): Promise<ReadonlyMap<Suite, readonly string[]>> {
  const running = new Map<Suite, Running>();
  try {
    for (const [index, suite] of suites.entries()) {
      running.set(suite, await opened(suite, index * options.rounds, options));
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const suite of running.values()) await suite.round(round);
    }
    return new Map([...running].map(([suite, one]) => [suite, one.failures()]));
  } finally {
    options.progress.done();
    for (const suite of running.values()) await suite.close();
  }
}

/** Rounds are kept from `firstRound` on: those of its own, even of a subject and work that another suite has, too. */
async function opened(
  suite: Suite,
  firstRound: number,
  { quick, rounds, results, progress, signal }: RunOptions,
): Promise<Running> {
  const ground = await suite.open?.();
  const sizes = suite.sizes(quick);
  const failures = new Map<string, string>();
  return {
    async round(round) {
      for (const job of suite.jobs.filter((one) => round < (one.rounds ?? rounds))) {
        const subjects = (quick ? job.quick : undefined) ?? job.subjects;
        for (const { name } of turned(subjects, round)) {
          const what = `${job.name}, ${name}`;
          if (failures.has(what)) continue;
          progress.at(`round ${round + 1} of ${rounds}, ${suite.name}: ${job.name}`, name);
          try {
            const assignment = { ...ground?.told, job: job.name, subject: name, sizes, round };
            for (const sample of await measureInChild(suite.measure, assignment, signal)) {
              results.add(name, firstRound + round, sample);
            }
          } catch (error) {
            signal.throwIfAborted();
            const reason = error instanceof Error ? error.message : String(error);
            failures.set(what, `${what}: ${reason}`);
          }
        }
      }
    },
    failures: () => [...failures.values()],
    close: async () => ground?.close(),
  };
}

/** Begins with another one each round: none is always the first or the last. */
function turned<T>(all: readonly T[], round: number): T[] {
  const start = round % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}
