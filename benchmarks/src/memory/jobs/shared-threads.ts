import { eachKey } from "../../key-order.ts";
import type { Sample, Work } from "../../report.ts";
import { median } from "../../statistics.ts";
import type { Task } from "../job.ts";
import type { StoreSubject } from "../subjects/store-subject.ts";
import { type Crew, threadCrew } from "./crew.ts";
import { raceCapacity, sharedLoop, type SharedTask, type Turn } from "./shared-turn.ts";

const pairs = 3;

/** Keys that are raced for, beside those of the table. */
export const racedKeys = 10;

/** One table of a million keys in two threads beside the same in one, and whether a raced key admits exactly its limit. */
export async function sharedThreads(task: Task<StoreSubject>): Promise<Sample[]> {
  const { keys } = task.sizes;
  const { store, table } = task.subject.share(keys + racedKeys);
  await sharedLoop(store).run(eachKey(keys));
  return twoBesideOne(threadCrew(2, table), ["shared-1thread", "shared-2threads"], task);
}

/** What one of `crew` does in a second, and two of them together; and what two admit of the keys that they race for. Stops it. */
export async function twoBesideOne(
  crew: Crew,
  [one, two]: readonly [Work, Work],
  { sizes: { keys, calls, warmUpCalls }, round }: Task,
): Promise<Sample[]> {
  const asked = (seed: number, count = calls): SharedTask => ({
    kind: "uniform",
    keys,
    calls: count,
    seed,
  });
  const race: SharedTask = { kind: "race", racedKeys };
  const ones: number[] = [];
  const twos: number[] = [];
  try {
    await crew.run([asked(1, warmUpCalls), asked(2, warmUpCalls)]);
    for (let pair = 0; pair < pairs; pair++) {
      const seed = (round * pairs + pair) * 3;
      ones.push(callsPerSecond(await crew.run([asked(seed)])));
      twos.push(callsPerSecond(await crew.run([asked(seed + 1), asked(seed + 2)])));
    }
    const turns = await crew.run([race, race]);
    const ratio = median(twos.map((both, pair) => both / ones[pair]!));
    return [
      { work: one, metric: "ops/s", value: median(ones) },
      { work: two, metric: "ops/s", value: median(twos) },
      { work: two, metric: "ratio", value: ratio },
      { work: two, metric: "admitted", value: worstAdmitted(turns) },
    ];
  } finally {
    await crew.stop();
  }
}

/** From the first start to the last end, so that time in which a thread had already finished counts too. */
function callsPerSecond(turns: readonly Turn[]): number {
  const startMs = Math.min(...turns.map((turn) => turn.startMs));
  const endMs = Math.max(...turns.map((turn) => turn.endMs));
  return (turns.reduce((sum, { calls }) => sum + calls, 0) * 1000) / (endMs - startMs);
}

/** What was admitted of the raced key that is farthest from its limit, as a share of that limit. */
function worstAdmitted(turns: readonly Turn[]): number {
  const shares = Array.from({ length: racedKeys }, (_, key) => {
    const admitted = turns.reduce((sum, turn) => sum + turn.admitted[key]!, 0);
    return admitted / raceCapacity;
  });
  return shares.toSorted((a, b) => Math.abs(b - 1) - Math.abs(a - 1))[0]!;
}
