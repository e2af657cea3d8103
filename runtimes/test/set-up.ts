import { execFile } from "node:child_process";
import { cp, mkdtemp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";

import type { TestProject } from "vitest/node";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

declare module "vitest" {
  interface ProvidedContext {
    /** The folder for `project`, or why there is none. */
    readonly project: { readonly folder: string } | { readonly problem: string };
  }
}

/** Builds, packs and unpacks the packages, once for all tests, and removes them after the last. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-runtimes-"));
  const remove = async (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await fill(folder);
    provide("project", { folder });
  } catch (error) {
    // Told by the tests that need it: an error here would keep those of every package from running.
    provide("project", { problem: inspect(error) });
  }
  return remove;
}

async function fill(project: string): Promise<void> {
  const packages = ["core", "express", "client-fetch"];
  const filters = packages.map((name) => `--filter=@sluice/${name}`);
  await run("pnpm", ["exec", "turbo", "run", "build", ...filters], { cwd: root });
  await Promise.all(packages.map(async (name) => install(name, project)));
  const own = packages.map((name) => [`@sluice/${name}`, "*"]);
  const dependencies = { ...Object.fromEntries(own), express: "*" };
  await writeFile(join(project, "package.json"), JSON.stringify({ dependencies }));
  // An adapter finds its framework where npm would have put it.
  await symlink(join(root, "runtimes/node_modules/express"), join(project, "node_modules/express"));
  await cp(join(root, "runtimes/src"), join(project, "src"), { recursive: true });
}

async function install(name: string, project: string): Promise<void> {
  const folder = join(project, "node_modules/@sluice", name);
  await mkdir(folder, { recursive: true });
  const tarball = join(project, `${name}.tgz`);
  await run("pnpm", ["pack", "--out", tarball], { cwd: join(root, "packages", name) });
  await run("tar", ["--extract", "--strip-components=1", "--file", tarball], { cwd: folder });
}
