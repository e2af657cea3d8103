import { fork } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import type { Sample } from "./report.ts";

const longestMs = 180_000;

/** Has `module` do `assignment` in a process of its own. Rejects with what the process said last when it fails. */
export async function measureInChild(
  module: URL,
  assignment: object,
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  let samples: readonly Sample[] | undefined;
  const child = fork(fileURLToPath(module), [JSON.stringify(assignment)], {
    signal,
    killSignal: "SIGKILL",
    timeout: longestMs,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  child.on("message", (message: readonly Sample[]) => {
    samples = message;
    // Leaving of its own accord takes seconds with millions of objects and timers, and Node now and then never gets there.
    child.kill("SIGKILL");
  });
  const [said, [code]] = await Promise.all([text(child.stderr!), once(child, "exit")]);
  if (samples !== undefined) return samples;
  const reason = said.split("\n").find((line) => /^\w*Error\b/.test(line));
  throw new Error(reason ?? `ended with code ${code}`);
}
