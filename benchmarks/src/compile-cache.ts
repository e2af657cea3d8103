import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Has the processes that `work` starts take bytecode from those before: they do no optimising by it, and half a second of compiling is not done
 * some hundred times. Removes it after.
 */
export async function withCompileCache<T>(work: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const before = process.env["NODE_COMPILE_CACHE"];
  process.env["NODE_COMPILE_CACHE"] = folder;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env["NODE_COMPILE_CACHE"];
    else process.env["NODE_COMPILE_CACHE"] = before;
    rmSync(folder, { recursive: true, force: true });
  }
}
