import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { TestContext } from "vitest";

import { project } from "./project.ts";

const execute = promisify(execFile);

/** What `program` printed, run in the project that has the packages as published; it ends with the test. */
export async function run(
  { signal }: TestContext,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const options = { cwd: project(), env: { ...process.env, ...env }, signal };
  const { stdout } = await execute(program, args, { ...options, killSignal: "SIGKILL" });
  return stdout;
}
