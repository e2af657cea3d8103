import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";

import type { Machine } from "./report.ts";

/** This machine. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
  };
}

/** The versions of Node, V8 and `packages`, as they are installed beside this one. */
export function versions(packages: readonly string[]): Record<string, string> {
  const installed = packages.map((name) => [name, installedVersion(name)] as const);
  const { node, v8 } = process.versions;
  return { node, v8, ...Object.fromEntries(installed) };
}

function installedVersion(name: string): string {
  // Not through require(): most packages do not export their package.json.
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const { version }: { version: string } = JSON.parse(readFileSync(file, "utf8"));
  return version;
}

/** The commit that is checked out, with `-dirty` behind it when tracked files differ from it. */
export function commit(): string {
  const head = git("rev-parse", "--short=12", "HEAD");
  if (head === undefined) return "unknown";
  return git("status", "--porcelain", "--untracked-files=no") === "" ? head : `${head}-dirty`;
}

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    encoding: "utf8",
  });
  return status === 0 ? stdout.trim() : undefined;
}
