import { setTimeout } from "node:timers/promises";

import type { Redis } from "ioredis";

import type { Sample, Work } from "../../report.ts";
import { withSubject } from "../connection.ts";
import type { Task } from "../job.ts";

/** MEMORY USAGE of all keys there are of one subject, after so many checks as `works` says, each in a millisecond of its own. */
export function windowsOf(
  works: Readonly<Partial<Record<Work, number>>>,
  costs: readonly number[],
): (task: Task) => Promise<Sample[]> {
  const most = Math.max(...Object.values(works));
  const limit = most * Math.max(...costs);
  return ({ subject, port }) =>
    withSubject({ port, subject, limit }, async (opened, client) => {
      const samples: Sample[] = [];
      for (let entry = 0; entry < most; entry++) {
        if (!(await opened.decide("user-0", costs[entry % costs.length]!))) {
          throw new Error(`refused entry ${entry}`);
        }
        for (const [work, entries] of Object.entries(works)) {
          if (entries !== entry + 1) continue;
          const value = await bytesOfAll(client);
          // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a key of `works`
          samples.push({ work: work as Work, metric: "bytes/key", value });
        }
        await setTimeout(2);
      }
      return samples;
    });
}

async function bytesOfAll(client: Redis): Promise<number> {
  let bytes = 0;
  for (const key of await client.keys("*")) {
    bytes += Number(await client.memory("USAGE", key, "SAMPLES", 0));
  }
  return bytes;
}
