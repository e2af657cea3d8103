import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { findServer } from "./servers/availability.ts";

const run = promisify(execFile);

/**
 * Installs redis-server where that can be done unasked: as root, with apt-get. Where it is missing all the same, each test that
 * needs it fails and says what to type: an error here would keep those of every package from running.
 */
export async function setup(): Promise<void> {
  if (findServer() !== undefined || process.env["SLUICE_REDIS_BINARY"] !== undefined) return;
  if (process.getuid?.() !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { env, timeout: 300_000 };
  process.stderr.write("installing redis-server with apt-get, for the tests of @sluice/redis\n");
  try {
    await run("apt-get", ["update"], options);
    await run("apt-get", ["install", "-y", "--no-install-recommends", "redis-server"], options);
  } catch (error) {
    process.stderr.write(`could not install it: ${String(error)}\n`);
  }
}
