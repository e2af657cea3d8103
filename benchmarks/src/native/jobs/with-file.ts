import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives `use` the path of a file that is not there yet, in memory where the machine has such a place, and removes it after. */
export async function withFile<T>(use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "sluice-bench-"));
  try {
    return await use(join(folder, "table"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
