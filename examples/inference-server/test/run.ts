import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { onTestFinished } from "vitest";

/** How a run of the demo ended. */
export interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** The demo. */
export const mainFile: string = fileURLToPath(new URL("../src/main.ts", import.meta.url));

interface Interruption {
  readonly signal: "SIGINT" | "SIGTERM";
  /** Once the output has this text. */
  readonly after: string;
  /** Whether every process of the demo gets it, as from a terminal, or the parent alone. */
  readonly toGroup: boolean;
}

/** Runs the demo with `args`, in a process group of its own. */
export async function runDemo(args: readonly string[], interruption?: Interruption): Promise<Run> {
  const child = spawn(process.execPath, [mainFile, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  let isInterrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (interruption === undefined || isInterrupted) return;
      const { signal, after, toGroup } = interruption;
      if (!output.includes(after)) return;
      isInterrupted = true;
      process.kill(toGroup ? -child.pid! : child.pid!, signal);
    });
  }
  return new Promise((resolve, reject) => {
    // Not before every process that shares its output has gone.
    child.once("error", reject).once("close", (code) => resolve({ code, output }));
  });
}
