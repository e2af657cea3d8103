import { nativeStore } from "@sluice/core-native";

import { settle } from "../../garbage.ts";
import { eachKey, uniformKeys } from "../../key-order.ts";
import { nsPerCall } from "../../loop.ts";
import type { Task } from "../../memory/job.ts";
import { processCrew } from "../../memory/jobs/crew.ts";
import { racedKeys, twoBesideOne } from "../../memory/jobs/shared-threads.ts";
import { sharedLoop } from "../../memory/jobs/shared-turn.ts";
import type { Sample } from "../../report.ts";
import { median } from "../../statistics.ts";
import { withFile } from "./with-file.ts";

const chunks = 5;

/** A million keys on a file that processes share, beside as many in this process alone; and two processes on it beside one. */
export function sharedFile(task: Task): Promise<Sample[]> {
  return withFile(async (path) => {
    const { keys, calls, warmUpCalls, settlingObjects } = task.sizes;
    const stores = {
      "alone-1m": nativeStore({ maxKeys: keys }),
      "file-1m": nativeStore({ shared: { path }, maxKeys: keys + racedKeys }),
    };
    const works = ["alone-1m", "file-1m"] as const;
    const loops = works.map((work) => sharedLoop(stores[work]));
    for (const loop of loops) await loop.run(eachKey(keys));
    await settle(settlingObjects);
    for (const loop of loops) await loop.run(uniformKeys(keys, warmUpCalls, task.round + 2000));
    const ns: number[][] = works.map(() => []);
    for (let chunk = 0; chunk < chunks; chunk++) {
      const order = uniformKeys(keys, Math.ceil(calls / chunks), task.round * chunks + chunk);
      for (const [index, loop] of loops.entries()) ns[index]!.push(await nsPerCall(loop, order));
    }
    stores["alone-1m"].close();
    const samples = works.map((work, index): Sample => ({
      work,
      metric: "ns/op",
      value: median(ns[index]!),
    }));
    const both = ["file-1process", "file-2processes"] as const;
    return [...samples, ...(await twoBesideOne(processCrew(2, path), both, task))];
  });
}
