import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { loadNative } from "../src/index.ts";

/** Whether there is an addon to test; throws where there must be. */
export const hasNative: boolean = loadNative() !== undefined;

/** Why tests of the addon are skipped. */
export const skipped = "no binary of core-native: build it with cargo, by npm test";

/** A folder that is gone when it is disposed of; in memory where the machine has such a place. */
export function folder(): { readonly at: (name: string) => string } & Disposable {
  const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "sluice-"));
  return {
    at: (name) => join(root, name),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
