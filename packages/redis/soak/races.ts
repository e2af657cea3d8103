// The long forms of test/must-show: `node packages/redis/soak/races.ts` for 50 races of 8 processes in each way, `… races.ts 50 4` for 4
// minutes of them at most, `… races.ts keys` for 1,000,000 keys.

import { manyKeys } from "../test/must-show/many-keys.ts";
import { limit, startRacers } from "../test/must-show/racers.ts";
import { startCluster } from "../test/servers/cluster.ts";
import { startRedis } from "../test/servers/redis-server.ts";

const ways = [
  { on: "single", slots: 1 },
  { on: "cluster", slots: 1 },
  { on: "cluster", slots: 2 },
] as const;

const [first = "50", second = "Infinity"] = process.argv.slice(2);
const wrong = first === "keys" ? await keys() : await races(Number(first), Number(second));
say(wrong.length === 0 ? "ok" : `WRONG: ${wrong.join("; ")}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

/** So many runs of each way, or as many as fit into the time; tells which went wrong. */
async function races(runs: number, minutes: number): Promise<string[]> {
  await using server = await startRedis();
  await using cluster = await startCluster();
  using racers = await startRacers(8, { single: server, nodes: cluster.nodes });
  const untilMs = performance.now() + minutes * 60_000;
  const failed: string[] = [];
  const slowest = new Map<string, number>();
  let done = 0;
  for (; done < runs && performance.now() < untilMs; done++) {
    for (const way of ways) {
      for (const how of ["check", "reserve"] as const) {
        const startMs = performance.now();
        const admitted = await racers.race({ ...way, how, checks: 1_000 });
        const name = `${way.on}, limits in ${way.slots} slots, by ${how}`;
        slowest.set(name, Math.max(slowest.get(name) ?? 0, performance.now() - startMs));
        if (admitted !== limit) failed.push(`run ${done}, ${name}: ${admitted} admitted`);
      }
    }
  }
  for (const [name, ms] of slowest) {
    say(`${name}: ${done} runs of 8 processes × 1,000, ${ms.toFixed(0)} ms at most`);
  }
  return done === 0 ? ["no run"] : failed;
}

async function keys(): Promise<string[]> {
  const { resetUs, left, ...rest } = await manyKeys(1_000_000, 60_000);
  const median = resetUs[Math.floor(resetUs.length / 2)]!;
  say(JSON.stringify({ ...rest, left, median, most: resetUs.at(-1) }));
  return [
    ...(rest.filled < 1_000_000 ? [`${rest.filled} keys`] : []),
    ...(rest.isForgotten && rest.gone === resetUs.length ? [] : [`${rest.gone} keys were reset`]),
    ...(rest.immortal > 0 ? [`${rest.immortal} keys without an expiry`] : []),
    ...(median > 1_000 ? [`a reset takes ${median} us`] : []),
    ...left.filter((key) => !key.includes("{~pulse}")).map((key) => `${key} is left`),
  ];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
