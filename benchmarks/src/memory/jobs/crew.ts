import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import type { Table } from "../table.ts";
import type { SharedTask, Turn } from "./shared-turn.ts";

/** Threads or processes that share one table. */
export interface Crew {
  /** Has one for each of `tasks` do it, all from the same moment on. */
  run(tasks: readonly SharedTask[]): Promise<Turn[]>;
  stop(): Promise<void>;
}

/** `size` threads over `table`. */
export function threadCrew(size: number, table: Table): Crew {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const threads = Array.from(
    { length: size },
    () =>
      new Worker(new URL("./shared-worker.ts", import.meta.url), { workerData: { table, gate } }),
  );
  return {
    run: (tasks) =>
      inStep(
        threads.slice(0, tasks.length),
        (thread, index) => thread.postMessage(tasks[index]!),
        () => {
          Atomics.add(gate, 0, 1);
          Atomics.notify(gate, 0);
        },
      ),
    async stop() {
      await Promise.all(threads.map(async (thread) => thread.terminate()));
    },
  };
}

/** `size` processes over the file at `path`. */
export function processCrew(size: number, path: string): Crew {
  const module = fileURLToPath(new URL("./shared-process.ts", import.meta.url));
  const gone = new AbortController();
  const all = Array.from({ length: size }, () => {
    const child = fork(module, [path], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    child.once("exit", () => gone.abort());
    return child;
  });
  return {
    run(tasks) {
      const busy = all.slice(0, tasks.length);
      return inStep(
        busy,
        (child, index) => child.send(tasks[index]!),
        () => busy.forEach((child) => child.send("go")),
        gone.signal,
      );
    },
    async stop() {
      const running = all.filter(({ exitCode, signalCode }) => (exitCode ?? signalCode) === null);
      const ended = running.map(async (child) => once(child, "exit"));
      for (const child of running) child.kill("SIGKILL");
      await Promise.all(ended);
    },
  };
}

async function inStep<M extends Worker | ChildProcess>(
  busy: readonly M[],
  post: (member: M, index: number) => void,
  openGate: () => void,
  signal?: AbortSignal,
): Promise<Turn[]> {
  const options = signal && { signal };
  busy.forEach(post);
  // Each has drawn its keys, and waits at the gate.
  await Promise.all(busy.map(async (member) => once(member, "message", options)));
  const turns = busy.map(async (member): Promise<Turn> => {
    const [turn] = await once(member, "message", options);
    return turn;
  });
  openGate();
  return Promise.all(turns);
}
