import { createLimiter, memoryStore } from "@sluice/core";

import { eachKey } from "../../key-order.ts";
import { syncLoop } from "../../loop.ts";
import type { Sample } from "../../report.ts";
import { median } from "../../statistics.ts";
import type { Task } from "../job.ts";
import { startCrew } from "./crew.ts";
import { raceCapacity, sharedLimit, type SharedTask, type Turn } from "./shared-limits.ts";

const pairs = 3;
const racedKeys = 10;

/** One table of a million keys in two threads beside the same in one, and whether a raced key admits exactly its limit. */
export async function sharedThreads({ sizes, round }: Task): Promise<Sample[]> {
  const { keys, calls, warmUpCalls } = sizes;
  const store = memoryStore({ shared: true, maxKeys: keys + racedKeys });
  const { buffer } = store;
  if (buffer === undefined) throw new Error("expected a table that threads can share");
  const limiter = createLimiter({ limits: [sharedLimit], store });
  await syncLoop(
    (user) => limiter.check({ user }),
    (decision) => decision.allowed,
  ).run(eachKey(keys));

  const asked = (seed: number, count = calls): SharedTask => ({
    kind: "uniform",
    keys,
    calls: count,
    seed,
  });
  const race: SharedTask = { kind: "race", racedKeys };
  const ones: number[] = [];
  const twos: number[] = [];
  const crew = startCrew(2, buffer);
  try {
    await crew.run([asked(1, warmUpCalls), asked(2, warmUpCalls)]);
    for (let pair = 0; pair < pairs; pair++) {
      const seed = (round * pairs + pair) * 3;
      ones.push(callsPerSecond(await crew.run([asked(seed)])));
      twos.push(callsPerSecond(await crew.run([asked(seed + 1), asked(seed + 2)])));
    }
    const turns = await crew.run([race, race]);
    const ratio = median(twos.map((two, pair) => two / ones[pair]!));
    return [
      { work: "shared-1thread", metric: "ops/s", value: median(ones) },
      { work: "shared-2threads", metric: "ops/s", value: median(twos) },
      { work: "shared-2threads", metric: "ratio", value: ratio },
      { work: "shared-2threads", metric: "admitted", value: worstAdmitted(turns) },
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
