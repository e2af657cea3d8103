import type { Sample } from "../report.ts";
import type { Plan } from "../suite.ts";
import { type Load, loads } from "./loads.ts";
import { replay, windowMs } from "./replay.ts";
import { sliceMs, tallyOf } from "./tally.ts";
import type { Way } from "./way.ts";
import { ways } from "./ways.ts";

/** How much of each load is replayed. */
export interface Sizes {
  readonly durationMs: number;
}

/** One way's turn at a job. */
interface Task {
  readonly subject: Way;
  readonly sizes: Sizes;
  /** From 0; decides what is made up. */
  readonly round: number;
}

/** A load, and the ways to charge it. */
export interface Job extends Plan {
  readonly subjects: readonly Way[];
  run(task: Task): Promise<readonly Sample[]>;
}

/** How many times as much is asked as the limit allows. */
const demand = 3;

/** All that is replayed. */
export const jobs: readonly Job[] = loads.map((load) => ({
  name: load.work,
  subjects: ways,
  ...(load.isRecorded && { rounds: 1 }),
  run: async (task) => replayed(load, task),
}));

function replayed(
  { work, requests }: Load,
  { subject, sizes: { durationMs }, round }: Task,
): Sample[] {
  const all = requests(round * 10 + 1).filter(({ atMs }) => atMs < durationMs);
  const limit = limitFor(all, durationMs);
  const admitted = replay(all, subject, limit);
  const { overshoot, used, course } = tallyOf(admitted, limit, durationMs);
  return [
    { work, metric: "overshoot", value: overshoot, course: { everyMs: sliceMs, values: course } },
    { work, metric: "used", value: used },
  ];
}

/** A third of what is asked in the mean minute. */
export function limitFor(
  requests: readonly { readonly contextTokens: number; readonly generatedTokens: number }[],
  durationMs: number,
): number {
  const tokens = requests.reduce((sum, one) => sum + one.contextTokens + one.generatedTokens, 0);
  return Math.round((tokens * windowMs) / durationMs / demand);
}
