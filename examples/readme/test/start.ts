import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

import { onTestFinished } from "vitest";

/** Runs an example as a server of its own until the test ends; what comes back asks it. */
export async function start(
  source: string,
  env: Readonly<Record<string, string>> = {},
): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL(`../src/${source}`, import.meta.url))],
    {
      env: { ...process.env, ...env, PORT: String(port) },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  onTestFinished(() => void child.kill());
  const ask = async (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, init);
  while (child.exitCode === null) {
    // Any answer will do: it listens.
    const answered = await ask("/listening", { method: "OPTIONS" }).catch(() => undefined);
    if (answered !== undefined) return ask;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${source} ended with code ${child.exitCode}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return address.port;
}
