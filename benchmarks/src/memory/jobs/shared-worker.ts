import { parentPort, workerData } from "node:worker_threads";

import { createLimiter, type Limit, memoryStore } from "@sluice/core";

import { uniformKeys } from "../../key-order.ts";
import { syncLoop } from "../../loop.ts";
import {
  raceCapacity,
  raceLimit,
  sharedLimit,
  type SharedTask,
  type Turn,
} from "./shared-limits.ts";

const { buffer, gate }: { buffer: SharedArrayBuffer; gate: Int32Array } = workerData;
const store = memoryStore({ shared: buffer });
const uniform = loopOf(sharedLimit);
const race = loopOf(raceLimit);

parentPort!.on("message", (task: SharedTask) => {
  void turnAt(task).then((turn) => parentPort!.postMessage(turn));
});

async function turnAt(task: SharedTask): Promise<Turn> {
  const orders =
    task.kind === "uniform"
      ? [uniformKeys(task.keys, task.calls, task.seed)]
      : Array.from({ length: task.racedKeys }, (_, key) => new Uint32Array(raceCapacity).fill(key));
  const loop = task.kind === "uniform" ? uniform : race;
  const opened = Atomics.load(gate, 0);
  parentPort!.postMessage("ready");
  Atomics.wait(gate, 0, opened);
  const startMs = performance.timeOrigin + performance.now();
  const admitted: number[] = [];
  for (const order of orders) admitted.push(await loop.run(order));
  const endMs = performance.timeOrigin + performance.now();
  const calls = orders.reduce((sum, order) => sum + order.length, 0);
  return { startMs, endMs, calls, admitted };
}

function loopOf(limit: Limit): ReturnType<typeof syncLoop> {
  const limiter = createLimiter({ limits: [limit], store });
  return syncLoop(
    (user) => limiter.check({ user }),
    (decision) => decision.allowed,
  );
}
