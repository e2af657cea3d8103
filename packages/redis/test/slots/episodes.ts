import {
  type ComparisonTally,
  drawEpisode,
  type Episode,
  playEpisode,
  seededRandom,
} from "@sluice/core/testing";
import type { MakeStore } from "@sluice/core/testing";

type Operation = Episode["operations"][number];

/** Plays random episodes to a store on a Cluster and to the oracle; throws where they part. */
export async function playEpisodes(
  makeStore: MakeStore,
  { operations, seed }: { readonly operations: number; readonly seed: number },
  change: (episode: Episode) => Episode = (episode) => episode,
): Promise<ComparisonTally> {
  const random = seededRandom(seed);
  const tally: Record<string, number> = {};
  for (let done = 0; done < operations; done += 400) {
    const episode = change(tame(drawEpisode(random, 400)));
    const mismatch = await playEpisode(episode, makeStore, tally);
    if (mismatch === undefined) continue;
    const { step, ...answers } = mismatch;
    const asked = JSON.stringify(episode.operations[step]);
    throw new Error(
      `seed ${seed}, operation ${done + step}, ${asked}: ${JSON.stringify(answers)}; limits ${JSON.stringify(episode.limits)}`,
    );
  }
  return tally;
}

/** The same without changes of numbers: a limit has one window, and one refill, for all. */
export function steady(episode: Episode): Episode {
  return {
    ...episode,
    limits: episode.limits.map(withOneWindow),
    operations: episode.operations.filter(({ kind }) => kind !== "update"),
  };
}

/** Without reports of usage that no count could hold: these are refused by the slot of that count, and charged in others. */
function tame(episode: Episode): Episode {
  return { ...episode, operations: episode.operations.map(withoutHuge) };
}

const huge = 2 ** 40;

function withoutHuge(operation: Operation): Operation {
  switch (operation.kind) {
    case "extend":
    case "settle":
    case "penalize":
    case "reward": {
      const units = Object.entries(operation.cost).filter(([, amount = 0]) => amount < huge);
      return { ...operation, cost: Object.fromEntries(units) };
    }
    default:
      return operation;
  }
}

function withOneWindow<T extends object>(spec: T): T {
  const numbers = Object.entries(spec).filter(([name]) => name === "window" || name === "refill");
  return { ...spec, ...Object.fromEntries(numbers.map(([name, value]) => [name, leafOf(value)])) };
}

function leafOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("table" in value)) return value;
  return leafOf(Object.values(value.table ?? {})[0]);
}
