import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";

import { concurrency, createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { rateLimit } from "@sluice/express";
import express from "express";

import type { Facts } from "./limiter-facts.ts";

/** What an Express server answers at its limit, and what it holds for clients that have gone. */
export async function expressFacts(): Promise<Facts> {
  return { refused: await refused(), abandoned: await abandoned() };
}

/** Two requests that pass and one that does not, with the headers and body of the refusal. */
async function refused(): Promise<Facts> {
  const limits = [slidingWindow({ name: "rpm", limit: 2, window: "1m", per: [] })];
  const app = express();
  app.use(rateLimit({ limits, store: memoryStore({ clock: () => 0 }) }));
  app.get("/", (_req, res) => void res.send("hello"));
  return serving(app, async (port) => {
    const ask = async (): Promise<Response> => fetch(`http://127.0.0.1:${port}/`);
    const statuses = [(await ask()).status, (await ask()).status];
    const last = await ask();
    const problem: { retryable?: unknown } = await last.json();
    const names = ["content-type", "ratelimit-policy", "ratelimit", "retry-after"];
    return {
      statuses: [...statuses, last.status],
      headers: names.map((name) => last.headers.get(name)),
      retryable: problem.retryable,
    };
  });
}

/** Whether both places are free while two pipelined requests run, and once their connection was cut. */
async function abandoned(): Promise<boolean[]> {
  const limiter = createLimiter({
    limits: [concurrency({ name: "inflight", limit: 2, per: [] })],
    store: memoryStore(),
  });
  const isFree = (): boolean => limiter.check({}, { inflight: 2 }).allowed;
  const app = express();
  app.use(rateLimit({ limiter }));
  const sockets = new EventEmitter();
  let running = 0;
  // Never answers; the second waits for the turn that the first does not give up.
  app.get("/", ({ socket }) => {
    if (++running < 2) return;
    socket.once("close", () => sockets.emit("closed"));
    sockets.emit("busy");
  });
  return serving(app, async (port) => {
    const [busy, closed] = [once(sockets, "busy"), once(sockets, "closed")];
    const client = connect(port, "127.0.0.1");
    const request = "GET / HTTP/1.1\r\nHost: sluice\r\n\r\n";
    client.write(request + request);
    await busy;
    const before = isFree();
    client.destroy();
    await closed;
    // Those who listen for the same event, or for the responses' that follow it, get their turn first.
    await new Promise((resolve) => setImmediate(resolve));
    return [before, isFree()];
  });
}

/** What `ask` finds out about the app that listens on a loopback port meanwhile. */
async function serving<T>(app: express.Express, ask: (port: number) => Promise<T>): Promise<T> {
  const server = createServer(app).listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("expected a port");
    return await ask(address.port);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
