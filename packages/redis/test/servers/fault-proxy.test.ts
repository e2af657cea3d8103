import { once } from "node:events";
import { connect } from "node:net";

import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

import { ask, withClient } from "./ask.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import type { Address } from "./port.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { until } from "./until.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => server.stop());

it("passes on what is asked and answered, of any size", async () => {
  const proxy = await started();
  const value = "v".repeat(3_000_000);
  await ask(proxy, "SET", "large", value);
  expect(await ask(proxy, "GET", "large")).toBe(value);
});

it("delays what is asked, what is answered, or both", async () => {
  const proxy = await started();
  const client = await open(proxy);
  for (const [toServerMs, toClientMs] of [
    [40, 0],
    [0, 40],
    [30, 30],
  ] as const) {
    proxy.delay({ toServerMs, toClientMs });
    const askedAt = performance.now();
    client.send("PING");
    expect(await client.received()).toBe("+PONG\r\n");
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(toServerMs + toClientMs);
  }
});

it("keeps the order when a delay ends", async () => {
  const proxy = await started();
  const client = await open(proxy);
  proxy.delay({ toServerMs: 50 });
  client.send("ECHO first");
  await until("the proxy has the first", async () => proxy.connections === 1 || undefined);
  proxy.delay({});
  client.send("ECHO second");
  expect(await client.received()).toBe("$5\r\nfirst\r\n");
  expect(await client.received()).toBe("$6\r\nsecond\r\n");
});

it("loses all while it drops, accepts, and never answers", async () => {
  const proxy = await started();
  const [before, idle] = [await open(proxy), await open(proxy)];
  proxy.drop();
  const during = await open(proxy);
  await ask(server, "SET", "dropped", 0);
  for (const client of [before, during]) client.send("INCR dropped");
  await expect(withClient(proxy, async (other) => other.ping(), 100)).rejects.toThrow("timed out");
  expect(await ask(server, "GET", "dropped")).toBe("0");
  await proxy.restore();
  expect(await Promise.all([before.closed, during.closed])).toEqual(["", ""]);
  idle.send("PING");
  expect(await idle.received()).toBe("+PONG\r\n");
  expect(await ask(proxy, "PING")).toBe("PONG");
});

it("does not tell the end of the server while it drops", async () => {
  await using victim = await startRedis();
  const proxy = await startFaultProxy(victim);
  onTestFinished(async () => proxy.close());
  const client = await open(proxy);
  proxy.drop();
  await victim.kill();
  await expect(withClient(proxy, async (other) => other.ping(), 100)).rejects.toThrow("timed out");
  expect(client.isOpen()).toBe(true);
  await proxy.restore();
  await client.closed;
});

it("refuses connections until it is restored, on the same port", async () => {
  const proxy = await started();
  const client = await open(proxy);
  await proxy.refuse();
  await client.closed;
  await expect(ask(proxy, "PING")).rejects.toThrow(/ECONNREFUSED|closed/);
  await expect(open(proxy)).rejects.toThrow("ECONNREFUSED");
  await proxy.restore();
  expect(await ask(proxy, "PING")).toBe("PONG");
});

it.each([1, 7, 20])("cuts a connection after %i bytes of a reply", async (bytes) => {
  const proxy = await started();
  await ask(server, "SET", "value", "abcdefghijklmnopqrstuvwxyz");
  const client = await open(proxy);
  proxy.cutReply(bytes);
  client.send("GET value");
  expect(await client.closed).toBe("$26\r\nabcdefghijklmnopqrstuvwxyz\r\n".slice(0, bytes));
  expect(await ask(proxy, "PING")).toBe("PONG");
});

it("cuts as many connections as it is told when what they asked for is done, before the reply", async () => {
  const proxy = await started();
  await ask(server, "SET", "count", 0);
  proxy.cutReply(0, 2);
  for (const count of ["1", "2"]) {
    const client = await open(proxy);
    client.send("INCR count");
    expect(await client.closed).toBe("");
    expect(await ask(server, "GET", "count")).toBe(count);
  }
  expect(await ask(proxy, "INCR", "count")).toBe(3);
  expect(proxy.cuts).toBe(2);
});

it("is as far as the server when that is gone", async () => {
  await using victim = await startRedis();
  const proxy = await startFaultProxy(victim);
  onTestFinished(async () => proxy.close());
  const client = await open(proxy);
  await victim.kill();
  await client.closed;
  await expect(ask(proxy, "PING")).rejects.toThrow(/closed|ECONNRESET/);
  await victim.restart();
  expect(await ask(proxy, "PING")).toBe("PONG");
});

it("leaves no connection open when it is closed, whatever is on its way", async () => {
  const proxy = await startFaultProxy(server);
  const clients = [await open(proxy), await open(proxy)];
  proxy.delay({ toServerMs: 60_000, toClientMs: 60_000 });
  for (const client of clients) client.send("PING");
  proxy.drop();
  await proxy.close();
  expect(proxy.connections).toBe(0);
  expect(await Promise.all(clients.map(async ({ closed }) => closed))).toEqual(["", ""]);
  await until("the server has none but this", async () => {
    const list = String(await ask(server, "CLIENT", "LIST"));
    return list.trim().split("\n").length === 1 || undefined;
  });
});

async function started(): Promise<FaultProxy> {
  const proxy = await startFaultProxy(server);
  onTestFinished(async () => proxy.close());
  return proxy;
}

/** A connection whose bytes can be seen, which a client of Redis does not show. */
async function open({ host, port }: Address) {
  const socket = connect({ host, port });
  await once(socket, "connect");
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  socket.on("error", () => {});
  return {
    send: (command: string) => void socket.write(`${command}\r\n`),
    isOpen: () => !socket.closed,
    /** All that was received, once the connection is closed. */
    closed: new Promise<string>((resolve) => void socket.once("close", () => resolve(text))),
    /** The next answer, of one line or, as `$` says, of two. */
    async received() {
      const answer = /^(?:\$.*\r\n)?.*\r\n/;
      const came = await until("an answer came", async () => answer.exec(text)?.[0]);
      text = text.slice(came.length);
      return came;
    },
  };
}
