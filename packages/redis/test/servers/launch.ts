import { spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";

import { watchdog } from "./watchdog.ts";

/** A process that was started, and was ready. */
export interface Running {
  readonly pid: number;
  readonly isGone: boolean;
  /** Sends a signal, if the process is there to take it. */
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal and waits until the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a program, which ends with this process at the latest, and waits until it has printed `ready`. Throws what it printed
 * when it ends before; with the code `EADDRINUSE` when its port was taken.
 */
export async function launch(
  program: string,
  args: readonly string[],
  ready: string,
): Promise<Running> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const outputs = [child.stdout, child.stderr];
  const gone = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const closed = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  let printed = "";
  const isReady = new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      // What comes later only has to be taken, or the server would stop at a full pipe.
      if (printed.includes(ready)) return;
      printed += chunk.toString();
      if (printed.includes(ready)) resolve();
    };
    for (const output of outputs) output.on("data", read);
  });
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await once(child, "spawn");
  const pid = child.pid!;
  watchdog().add(pid);
  void gone.then(() => watchdog().drop(pid));
  await Promise.race([isReady, closed]);
  if (isGone()) throw endedEarly(program, printed);
  // Whoever forgets a server is not kept from ending by it.
  child.unref();
  for (const output of outputs) if (output instanceof Socket) output.unref();
  return {
    pid,
    get isGone() {
      return isGone();
    },
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      child.ref();
      child.kill(signal);
      await gone;
    },
  };
}

function endedEarly(program: string, printed: string): Error {
  const error = new Error(`${program} ended before it was ready:\n${printed}`);
  const isTaken = /address already in use/i.test(printed);
  return isTaken ? Object.assign(error, { code: "EADDRINUSE" }) : error;
}
