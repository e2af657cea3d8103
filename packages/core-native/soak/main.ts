// Long checks of the native store, which the tests do in small: `npm run kills`, or `npm run kills -- races 20` for one of them, so many times.

import { compareWithOracle } from "@sluice/core/testing";

import { nativeStore } from "../src/index.ts";
import { folder } from "../test/native.ts";
import { type Crew, racedLimit, startCrew } from "../test/workers/crew.ts";
import { torture } from "../test/workers/torture.ts";

type Soak = (
  times: number,
) => Promise<{ readonly told: string; readonly wrong: readonly string[] }>;

const soaks: Readonly<Record<string, readonly [times: number, Soak]>> = {
  kills: [1_000, soakKills],
  races: [100, soakRaces],
  differential: [1_000_000, soakDifferential],
};

const [asked, times] = process.argv.slice(2);
for (const [name, [usual, soak]] of Object.entries(soaks)) {
  if (asked !== undefined && asked !== name) continue;
  const startMs = performance.now();
  const { told, wrong } = await soak(Number(times ?? usual));
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
  const verdict = wrong.length === 0 ? "ok" : `WRONG (${wrong.join("; ")})`;
  process.stdout.write(`${name}: ${told}; ${seconds} s: ${verdict}\n`);
  if (wrong.length > 0) process.exitCode = 1;
}

/** Workers killed at any instant, a file for every hundred of them. */
async function soakKills(kills: number): ReturnType<Soak> {
  using files = folder();
  const wrong: string[] = [];
  let [done, putRight, admitted, longestMs] = [0, 0, 0, 0];
  for (let round = 0; done < kills; round++) {
    const found = await torture(files.at(`${round}`), Math.min(100, kills - done), round);
    done += found.kills;
    putRight += found.putRight;
    admitted += found.admitted;
    longestMs = Math.max(longestMs, found.longestMs);
    wrong.push(...found.wrong);
  }
  const within = `the longest call of those that lived took ${longestMs} ms`;
  return {
    told: `${done} kills, ${putRight} of them within a call; ${admitted} admitted; ${within}`,
    wrong,
  };
}

/** Four workers that race for one key, with 10,000 checks each, one by one and in batches. */
async function soakRaces(runs: number): ReturnType<Soak> {
  const wrong: string[] = [];
  await withCrews(async (crew, kind, shared) => {
    await crew.open({ remember: 60_000, shared: shared() });
    for (let run = 0; run < runs; run++) {
      const admitted = await crew.race(`user-${run}`, 10_000, run % 2 === 1);
      if (admitted !== racedLimit) wrong.push(`run ${run} of ${kind}: ${admitted} admitted`);
    }
  });
  return { told: `${runs} runs of 4 threads, and of 4 processes`, wrong };
}

/** Random operations compared with the oracle: on a store alone, and on four workers in turn. */
async function soakDifferential(operations: number): ReturnType<Soak> {
  await compareWithOracle({
    operations,
    seed: 11,
    makeStore: (clock, remember) => nativeStore({ clock, remember }),
  });
  await withCrews(async (crew, _, shared) => {
    await compareWithOracle({
      operations,
      seed: 12,
      async makeStore(clock, remember) {
        await crew.open({ remember, maxKeys: 10_000, shared: shared(remember) });
        return crew.store(clock);
      },
    });
  });
  return { told: `${operations} operations alone, on 4 threads, on 4 processes`, wrong: [] };
}

type Shared = Parameters<Crew["open"]>[0]["shared"];

async function withCrews(
  work: (crew: Crew, kind: string, shared: (remember?: number) => Shared) => Promise<void>,
): Promise<void> {
  using files = folder();
  for (const kind of ["threads", "processes"] as const) {
    const crew = startCrew(kind, 4);
    let made = 0;
    let first: ReturnType<typeof nativeStore> | undefined;
    const shared = (remember = 60_000): Shared => {
      if (kind === "processes") return { path: files.at(`${made++}`) };
      first = nativeStore({ remember, shared: true });
      return first.table!;
    };
    await work(crew, kind, shared);
    await crew.stop();
    first?.close();
  }
}
