import { memoryStore } from "@sluice/core";
import { compareWithOracle } from "@sluice/core/testing";

import type { Soaked } from "./soaked.ts";

const operations = 3_000_000;

/** Three million operations, answered as the oracle answers them. */
export async function soakDifferential(): Promise<Soaked> {
  const seed = Math.floor(Math.random() * 2 ** 31);
  try {
    const tally = await compareWithOracle({
      makeStore: (clock, rememberMs) => memoryStore({ clock, remember: rememberMs }),
      operations,
      seed,
    });
    const kinds = Object.keys(tally).length;
    const told = `${operations.toLocaleString("en")} operations of seed ${seed} as the oracle, ${kinds} kinds of answers`;
    return { wrong: [], told };
  } catch (error) {
    return { wrong: [String(error)], told: `seed ${seed}` };
  }
}
