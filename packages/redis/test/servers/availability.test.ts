import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { findServer, serverProgram } from "./availability.ts";

it("finds redis-server on the PATH, or else valkey-server", async () => {
  const [first, second] = [await folder("valkey-server"), await folder("redis-server")];
  expect(findServer({ PATH: `${first}:${second}` })).toBe(join(second, "redis-server"));
  expect(findServer({ PATH: `/nonexistent:${first}` })).toBe(join(first, "valkey-server"));
});

it("takes the program that SLUICE_REDIS_BINARY names, and no other", async () => {
  const path = await folder("redis-server", "keydb-server");
  const named = join(path, "keydb-server");
  expect(findServer({ PATH: path, SLUICE_REDIS_BINARY: named })).toBe(named);
  expect(findServer({ PATH: path, SLUICE_REDIS_BINARY: "/nonexistent" })).toBeUndefined();
});

it("says what to type where there is none", async () => {
  const path = await folder("redis-server");
  await chmod(join(path, "redis-server"), 0o644);
  const failing = (): unknown => serverProgram({ PATH: path });
  expect(failing).toThrow("apt-get install -y --no-install-recommends redis-server");
  expect(failing).toThrow("dnf install -y valkey");
  expect(failing).toThrow("brew install redis");
  const required = (): unknown => serverProgram({ PATH: path, SLUICE_REDIS: "require" });
  expect(required).toThrow("SLUICE_REDIS=require says that this machine has it");
});

async function folder(...programs: readonly string[]): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "sluice-path-"));
  onTestFinished(async () => rm(path, { recursive: true }));
  for (const name of programs) await writeFile(join(path, name), "#!/bin/sh\n", { mode: 0o755 });
  return path;
}
