import * as ours from "@sluice/express/express-rate-limit";
import { redisStore } from "@sluice/redis";
import express from "express";
import * as theirs from "express-rate-limit";
import { Redis } from "ioredis";
import { RedisStore } from "rate-limit-redis";
import { describe, expect, it, onTestFinished } from "vitest";

import { type RedisServer, startRedis } from "../../../redis/test/servers/redis-server.ts";
import { serve } from "../serve.ts";
import type { Package } from "./side.ts";

function clientOf({ port, host }: RedisServer): Redis {
  const client = new Redis({
    port,
    host,
    enableOfflineQueue: false,
    retryStrategy: () => 20,
    lazyConnect: true,
  });
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

function storeOn(client: Redis, prefix: string): theirs.Store {
  const sendCommand = async (command: string, ...given: string[]): Promise<never> =>
    client.call(command, ...given) as Promise<never>;
  return new RedisStore({ sendCommand, prefix });
}

const quiet = { error: () => {}, warn: () => {} };

async function served(side: Package, options: Partial<theirs.Options>) {
  const app = express();
  app.use(side.rateLimit({ limit: 2, keyGenerator: () => "a", logger: quiet, ...options }));
  app.get("/fail", (_req, res) => void res.sendStatus(500));
  app.get("/", (_req, res) => void res.send("ok"));
  app.use(((_error, _req, res, _next) => {
    res.sendStatus(503);
  }) as express.ErrorRequestHandler);
  return serve(app);
}

describe("rate-limit-redis, on a server", () => {
  it("counts as it does for express-rate-limit, back and forth", async () => {
    await using server = await startRedis();
    const client = clientOf(server);
    await client.connect();
    const seen = [];
    for (const side of [theirs, ours]) {
      const store = storeOn(client, side === ours ? "ours:" : "theirs:");
      const ask = await served(side, { store, skipFailedRequests: true });
      const answers = [];
      for (const path of ["/fail", "/", "/fail", "/", "/", "/fail"]) {
        const { status, headers } = await ask(path);
        answers.push([status, headers["x-ratelimit-remaining"], headers["x-ratelimit-limit"]]);
        // Sent in the same order, so that it is answered in it.
        await new Promise((resolve) => void setImmediate(resolve));
        await client.ping();
      }
      seen.push(answers);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(await client.mget("ours:a", "theirs:a")).toEqual(["2", "2"]);
  });

  it("that is down at boot is used once it is up, where express-rate-limit never would", async () => {
    await using server = await startRedis();
    await server.kill();
    const client = clientOf(server);
    client.connect().catch(() => {});
    const asks = [];
    for (const side of [theirs, ours]) {
      const store = storeOn(client, side === ours ? "ours:" : "theirs:");
      asks.push(await served(side, { store }));
    }
    for (const ask of asks) expect((await ask()).status).toBe(503);
    const ready = new Promise((resolve) => void client.once("ready", resolve));
    await server.restart();
    await ready;
    const statuses = [];
    for (const ask of asks) {
      statuses.push([(await ask()).status, (await ask()).status, (await ask()).status]);
    }
    expect(statuses).toEqual([
      [503, 503, 503],
      [200, 200, 429],
    ]);
  });
});

describe("redisStore(), on a server", () => {
  it("counts for all processes in an exact window, and leaves no key that never expires", async () => {
    await using server = await startRedis();
    const [one, other] = [clientOf(server), clientOf(server)];
    await Promise.all([one.connect(), other.connect()]);
    const asks = [];
    for (const client of [one, other]) {
      const limiter = ours.rateLimit({
        limit: 3,
        keyGenerator: () => "a",
        skipFailedRequests: true,
        store: redisStore(client, { deadlineMs: 30_000 }),
      });
      const app = express().use(limiter);
      app.get("/fail", (_req, res) => void res.sendStatus(500));
      app.get("/", (_req, res) => void res.send("ok"));
      asks.push(await serve(app));
    }
    const statuses = [];
    for (const path of ["/", "/fail", "/", "/fail", "/", "/"]) {
      statuses.push((await asks[statuses.length % 2]!(path)).status);
      await new Promise((resolve) => void setImmediate(resolve));
      await Promise.all([one.ping(), other.ping()]);
    }
    expect(statuses).toEqual([200, 500, 200, 500, 200, 429]);
    const ttls = await Promise.all((await one.keys("*")).map(async (key) => one.pttl(key)));
    expect(ttls.length).toBeGreaterThan(0);
    expect(ttls.filter((ttl) => ttl < 0)).toEqual([]);
  });
});
