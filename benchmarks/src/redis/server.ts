import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** A Redis server of the benchmark's own, on a free port of the loopback. Keeps nothing on disk. */
export interface Server {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts one, of what `SLUICE_REDIS_BINARY` names or else `redis-server`. Rejects with what to install where there is none. */
export async function startServer(): Promise<Server> {
  const port = await freePort();
  const flags = { port, bind: "127.0.0.1", save: "", appendonly: "no" };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const program = process.env["SLUICE_REDIS_BINARY"] ?? "redis-server";
  const server = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const failed = once(server, "error").then(([error]) => {
    throw new Error("needs redis-server: apt-get install redis-server", { cause: error });
  });
  await Promise.race([isReady(createInterface(server.stdout)), failed]);
  return {
    port,
    async close() {
      const ended = once(server, "exit");
      if (server.exitCode === null && server.kill()) await ended;
    },
  };
}

async function isReady(lines: AsyncIterable<string>): Promise<void> {
  const said: string[] = [];
  for await (const line of lines) {
    if (line.includes("Ready to accept connections")) return;
    said.push(line);
  }
  throw new Error(`redis-server ended: ${said.at(-1)}`);
}

async function freePort(): Promise<number> {
  const socket = createServer().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const address = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return address.port;
}
