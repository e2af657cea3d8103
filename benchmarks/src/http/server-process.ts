import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Served } from "./server.ts";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  /** The time that it has spent on a processor. */
  cpuUs(): Promise<number>;
  close(): void;
}

/** Starts one that serves `served`. Rejects when it ends before it listens. */
export async function startProcess(served: Served): Promise<ServerProcess> {
  const module = fileURLToPath(new URL("server.ts", import.meta.url));
  const child = fork(module, [JSON.stringify(served)]);
  const ended = once(child, "exit").then(([code]): never => {
    throw new Error(`the server ended with code ${code}`);
  });
  ended.catch(() => {});
  const port = await Promise.race([answerOf(child), ended]);
  return {
    port,
    async cpuUs() {
      const answer = answerOf(child);
      child.send("cpu");
      return Promise.race([answer, ended]);
    },
    close: () => void child.kill("SIGKILL"),
  };
}

/** Its answers are numbers. */
async function answerOf(child: ChildProcess): Promise<number> {
  const [message] = await once(child, "message");
  return Number(message);
}
