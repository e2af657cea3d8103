import { Redis } from "ioredis";

import { loadCode } from "./code.ts";
import { coreRaces } from "./core-races.ts";
import { ratioOf } from "./race.ts";
import { redisRaces } from "./redis-races.ts";

/** What a process of the gate is to do. */
export interface Turn {
  /** Where the code is: the folder of `core` and `redis`. */
  readonly packages: string;
  /** Of a Redis server on the loopback. */
  readonly port: number;
  /** Which races; all where there is none. */
  readonly names: readonly string[];
}

/** How a race went. */
export interface Ratio {
  readonly name: string;
  readonly ratio: number;
  readonly atMost: number;
}

const { packages, port, names }: Turn = JSON.parse(process.argv[2]!);
const client = new Redis(port, "127.0.0.1");
const code = await loadCode(packages);
const races = [...coreRaces(code), ...(await redisRaces(code, client))];
const ratios: Ratio[] = [];
for (const race of races) {
  if (names.length > 0 && !names.includes(race.name)) continue;
  const { name, atMost } = race;
  ratios.push({ name, ratio: await ratioOf(race), atMost });
}
process.send!(ratios);
client.disconnect();
