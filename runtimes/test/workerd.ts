import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { onTestFinished, type TestContext } from "vitest";

import { bundle } from "./bundle.ts";
import { fromPackage } from "./needed.ts";
import { project } from "./project.ts";

const config = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (
      name = "main",
      worker = (
        modules = [(name = "worker.js", esModule = embed "worker.js")],
        compatibilityDate = "2026-01-01",
      ),
    ),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

/** The address of the worker that `statement` exports, served from the folder `name` until the test ends. It may ask servers of this machine. */
export async function workerOf(
  context: TestContext,
  name: string,
  statement: string,
): Promise<string> {
  const workerd = fromPackage(context, "@cloudflare/workerd-linux-64/bin/workerd");
  const folder = join(project(), name);
  const { code } = await bundle(statement, { format: "esm" });
  await mkdir(folder);
  await writeFile(join(folder, "worker.js"), code);
  await writeFile(join(folder, "config.capnp"), config);
  const child = spawn(workerd, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await Promise.race([
    once(createInterface(child.stdio[3] as Readable), "line"),
    once(child, "exit").then(([status]) => {
      throw new Error(`workerd ended with code ${status}`);
    }),
  ])) as [string];
  const { port } = JSON.parse(line) as { port: number };
  return `http://127.0.0.1:${port}/`;
}
