import { setTimeout } from "node:timers/promises";

import type { Redis } from "ioredis";

import type { Sample, Work } from "../../report.ts";
import { withSubject } from "../connection.ts";
import type { Task } from "../job.ts";

const entries = 100;

/** MEMORY USAGE of all keys there are after 100 checks of one subject, each in a millisecond of its own. */
export function fullWindowOf(
  work: Work,
  costs: readonly number[],
): (task: Task) => Promise<Sample[]> {
  const limit = entries * Math.max(...costs);
  return ({ subject, port }) =>
    withSubject({ port, subject, limit }, async (opened, client) => {
      for (let entry = 0; entry < entries; entry++) {
        if (!(await opened.decide("user-0", costs[entry % costs.length]!))) {
          throw new Error(`${work}: refused entry ${entry}`);
        }
        await setTimeout(2);
      }
      return [{ work, metric: "bytes/window", value: await bytesOfAll(client) }];
    });
}

async function bytesOfAll(client: Redis): Promise<number> {
  let bytes = 0;
  for (const key of await client.keys("*")) {
    bytes += Number(await client.memory("USAGE", key, "SAMPLES", 0));
  }
  return bytes;
}
