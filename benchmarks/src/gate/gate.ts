import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { startServer } from "../redis/server.ts";
import type { Ratio, Turn } from "./judge.ts";
import { isHopeless } from "./race.ts";

const judge = fileURLToPath(new URL("judge.ts", import.meta.url));
const ours = fileURLToPath(new URL("../../../packages", import.meta.url));

/** So often is a race that was lost run again: a compiler that takes an unlucky turn does not take it thrice. */
const attempts = 3;

/** Options of `runGate`. */
export interface GateOptions {
  /** Where the code is that is judged. Default: the repository's. */
  readonly packages?: string;
  /** Which races are run. Default: all. */
  readonly names?: readonly string[];
  readonly signal?: AbortSignal;
}

/** The best ratio of each race, in a process of its own for each attempt; races that are won are not run again. */
export async function runGate(options: GateOptions = {}): Promise<Ratio[]> {
  const { packages = ours, names = [], signal } = options;
  const server = await startServer();
  try {
    const best = new Map<string, Ratio>();
    let open = names;
    for (let attempt = 0; attempt < attempts; attempt++) {
      for (const race of await judged({ packages, port: server.port, names: open }, signal)) {
        const before = best.get(race.name);
        if (before === undefined || race.ratio < before.ratio) best.set(race.name, race);
      }
      const lost = lostOf([...best.values()]);
      open = lost.filter((race) => !isHopeless(race)).map(({ name }) => name);
      if (open.length === 0) break;
    }
    return [...best.values()];
  } finally {
    await server.close();
  }
}

/** The races that took too long. */
export function lostOf(ratios: readonly Ratio[]): Ratio[] {
  return ratios.filter(({ ratio, atMost }) => ratio > atMost);
}

async function judged(turn: Turn, signal: AbortSignal | undefined): Promise<readonly Ratio[]> {
  const child = fork(judge, [JSON.stringify(turn)], { signal, killSignal: "SIGKILL" });
  const ended = once(child, "exit").then(([code]): never => {
    throw new Error(`the judge ended with code ${code}`);
  });
  ended.catch(() => {});
  try {
    const [ratios] = await Promise.race([once(child, "message"), ended]);
    return ratios;
  } finally {
    child.kill("SIGKILL");
  }
}
