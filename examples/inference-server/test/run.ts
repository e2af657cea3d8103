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
}

interface RunOptions {
  /** Sent to every process of the demo, as a terminal does. */
  readonly interruption?: Interruption;
  /** A module that each process imports first. */
  readonly preload?: URL;
}

/** Runs the demo with `args`, in a process group of its own. */
export async function runDemo(
  args: readonly string[],
  { interruption, preload }: RunOptions = {},
): Promise<Run> {
  const child = spawn(process.execPath, [mainFile, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env:
      preload === undefined
        ? process.env
        : { ...process.env, NODE_OPTIONS: `--import=${preload.href}` },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  let isInterrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (interruption === undefined || isInterrupted) return;
      const { signal, after } = interruption;
      if (!output.includes(after)) return;
      isInterrupted = true;
      process.kill(-child.pid!, signal);
    });
  }
  return new Promise((resolve, reject) => {
    // Not before every process that shares its output has gone.
    child.once("error", reject).once("close", (code) => resolve({ code, output }));
  });
}
