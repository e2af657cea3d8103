import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { expect, it, onTestFinished } from "vitest";

import { bundle } from "./bundle.ts";
import { limiterBehaviour } from "./expected.ts";
import { fromPackage } from "./needed.ts";
import { project } from "./project.ts";

it(
  "workerd serves a worker whose limiter was made at start-up, limits exactly, and remembers between requests",
  { timeout: 30_000 },
  async (context) => {
    const workerd = fromPackage(context, "@cloudflare/workerd-linux-64/bin/workerd");
    const url = await serve(workerd);
    expect(await (await fetch(`${url}facts`)).json()).toEqual({
      ...limiterBehaviour,
      hasDispose: true,
    });
    const statuses = [];
    for (let asked = 0; asked < 3; asked++) statuses.push((await fetch(url)).status);
    expect(statuses).toEqual([204, 204, 429]);
  },
);

const config = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(
    name = "main",
    worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-01-01",
    ),
  )],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

/** The address of the worker, which is served until the test ends. */
async function serve(workerd: string): Promise<string> {
  const folder = join(project(), "workerd");
  const { code } = await bundle('export { default } from "./src/worker.ts"', { format: "esm" });
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
