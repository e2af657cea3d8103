import { parentPort, workerData } from "node:worker_threads";

import { storeOn, type Table } from "../table.ts";
import { type SharedTask, turnsOn } from "./shared-turn.ts";

const { table, gate }: { table: Table; gate: Int32Array } = workerData;
const prepare = turnsOn(storeOn(table));

parentPort!.on("message", (task: SharedTask) => {
  const turn = prepare(task);
  const opened = Atomics.load(gate, 0);
  parentPort!.postMessage("ready");
  Atomics.wait(gate, 0, opened);
  void turn().then((done) => parentPort!.postMessage(done));
});
