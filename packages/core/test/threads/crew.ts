import { once } from "node:events";
import { URL } from "node:url";
import { Worker } from "node:worker_threads";

import type { Done, Task } from "./limits.ts";

/** Threads that have opened one table. */
export interface Crew {
  /** Gives each of the first threads a task, lets all begin at once, and says what came of each. */
  run(tasks: readonly Task[]): Promise<readonly Done[]>;
  /** Ends them, between two calls. */
  stop(): Promise<void>;
}

/** Starts `count` threads over the table in `buffer`. */
export function startCrew(count: number, buffer: SharedArrayBuffer): Crew {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const url = new URL("worker.ts", (import.meta as unknown as { url: string }).url);
  const workers = Array.from(
    { length: count },
    () => new Worker(url, { workerData: { buffer, gate } }),
  );
  return {
    async run(tasks) {
      const asked = tasks.map((task, index) => ({ task, worker: workers[index]! }));
      const ready = asked.map(async ({ worker, task }) => {
        const answer = once(worker, "message");
        // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        worker.postMessage(task);
        await answer;
      });
      await Promise.all(ready);
      const done = asked.map(async ({ worker }) => {
        const [answer]: unknown[] = await once(worker, "message");
        return answer as Done;
      });
      // One that has said that it is ready may not wait yet: it sees then that the gate has been opened.
      Atomics.add(gate, 0, 1);
      Atomics.notify(gate, 0);
      return Promise.all(done);
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
