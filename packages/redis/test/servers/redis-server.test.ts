import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { URL } from "node:url";

import { expect, it } from "vitest";

import { ask, withClient } from "./ask.ts";
import { type Address, host } from "./port.ts";
import { startRedis } from "./redis-server.ts";
import { until } from "./until.ts";

it("answers when it has been started, each on a port of its own, and is gone when stopped", async () => {
  const servers = await Promise.all(Array.from({ length: 6 }, async () => startRedis()));
  const pids = servers.map(({ pid }) => pid);
  expect(await Promise.all(servers.map(async (server) => ask(server, "PING")))).toEqual(
    Array.from({ length: 6 }, () => "PONG"),
  );
  const folders = await Promise.all(servers.map(folderOf));
  await Promise.all(servers.map(async (server) => server.stop()));
  await servers[0]!.stop();
  expect(pids.filter(isThere)).toEqual([]);
  expect(folders.filter(existsSync)).toEqual([]);
});

it("comes back on its port, without data", async () => {
  await using server = await startRedis();
  const { pid, port } = server;
  await ask(server, "SET", "a", 1);
  await server.restart();
  expect(await ask(server, "GET", "a")).toBeNull();
  expect({ isOther: server.pid !== pid, port: server.port }).toEqual({ isOther: true, port });
});

it("comes back as it was when it was saved, however it ended", async () => {
  await using server = await startRedis();
  await ask(server, "SET", "a", 1);
  await server.save();
  await ask(server, "SET", "a", 2);
  await server.kill();
  expect(server.isRunning).toBe(false);
  await server.restart({ data: "saved" });
  expect(await ask(server, "GET", "a")).toBe("1");
  await server.restart();
  expect(await ask(server, "GET", "a")).toBeNull();
});

it("answers nothing while it is paused, and then what it was asked", async () => {
  await using server = await startRedis();
  server.pause();
  await expect(withClient(server, async (client) => client.ping(), 100)).rejects.toThrow(
    "timed out",
  );
  const late = ask(server, "PING");
  server.resume();
  expect(await late).toBe("PONG");
});

it("can be stopped while it is paused", async () => {
  const server = await startRedis();
  server.pause();
  await server.stop();
  expect(isThere(server.pid)).toBe(false);
});

it("takes more arguments, and says what the server said of a wrong one", async () => {
  await using server = await startRedis({ args: ["--maxmemory", "3mb"] });
  expect(await ask(server, "CONFIG", "GET", "maxmemory")).toEqual(["maxmemory", "3145728"]);
  await expect(startRedis({ args: ["--no-such-thing", "1"] })).rejects.toThrow("no-such-thing");
});

it("does not outlive the process that started it, however that ends", async () => {
  const file = new URL("redis-server.ts", import.meta.url).href;
  const script = `
    import { startRedis } from "${file}";
    const { port } = await startRedis();
    console.log(port);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line]: unknown[] = await once(child.stdout, "data");
  const port = Number(line);
  const folder = await folderOf({ host, port });
  child.kill("SIGKILL");
  await until("its files are gone", async () => !existsSync(folder) || undefined);
  // A pid stays until somebody takes note of the end.
  await expect(ask({ host, port }, "PING")).rejects.toThrow(/closed|ECONNREFUSED/);
});

async function folderOf(server: Address): Promise<string> {
  const answer = await ask(server, "CONFIG", "GET", "dir");
  return String(Array.isArray(answer) ? answer[1] : undefined);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
