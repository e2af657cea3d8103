import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { TestContext } from "vitest";

/** The program at `path`. Without it the test is skipped, or fails where nothing may be: it says `how` to get it. */
export function needed(context: TestContext, path: string, how: string): string {
  if (existsSync(path)) return path;
  const message = `needs ${path}: ${how}`;
  if (process.env["SLUICE_NATIVE"] === "require") throw new Error(message);
  return context.skip(message);
}

/** The program `file` of an npm package that holds it for Linux on x64, and that pnpm installs only there. */
export function fromPackage(context: TestContext, file: string): string {
  const path = fileURLToPath(new URL(`../node_modules/${file}`, import.meta.url));
  return needed(context, path, "pnpm installs it on Linux with glibc on x64");
}
