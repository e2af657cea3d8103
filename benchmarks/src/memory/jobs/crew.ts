import { once } from "node:events";
import { Worker } from "node:worker_threads";

import type { SharedTask, Turn } from "./shared-limits.ts";

/** Threads that share one table. */
export interface Crew {
  /** Has one thread for each of `tasks` do it, all from the same moment on. */
  run(tasks: readonly SharedTask[]): Promise<Turn[]>;
  stop(): Promise<void>;
}

/** `size` threads over the table in `buffer`. */
export function startCrew(size: number, buffer: SharedArrayBuffer): Crew {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const threads = Array.from(
    { length: size },
    () =>
      new Worker(new URL("./shared-worker.ts", import.meta.url), { workerData: { buffer, gate } }),
  );
  return {
    async run(tasks) {
      const busy = tasks.map((task, index) => {
        const thread = threads[index]!;
        thread.postMessage(task);
        return thread;
      });
      // Each has drawn its keys, and waits at the gate.
      await Promise.all(busy.map(async (thread) => once(thread, "message")));
      const turns = busy.map(async (thread): Promise<Turn> => {
        const [turn] = await once(thread, "message");
        return turn;
      });
      Atomics.add(gate, 0, 1);
      Atomics.notify(gate, 0);
      return Promise.all(turns);
    },
    async stop() {
      await Promise.all(threads.map(async (thread) => thread.terminate()));
    },
  };
}
