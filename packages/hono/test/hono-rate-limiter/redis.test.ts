import * as ours from "@sluice/hono/hono-rate-limiter";
import { redisStore } from "@sluice/redis";
import { Hono } from "hono";
import * as theirs from "hono-rate-limiter";
import type { RedisClient } from "hono-rate-limiter";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";

import { type RedisServer, startRedis } from "../../../redis/test/servers/redis-server.ts";
import type { Environment, Options, Package } from "./side.ts";

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

/** A client in the form that the stores ask for. */
function formed(client: Redis): RedisClient {
  return {
    scriptLoad: async (script) => (await client.script("LOAD", script)) as string,
    evalsha: async (sha, keys, given) =>
      client.evalsha(sha, keys.length, ...keys, ...given.map(String)) as never,
    decr: async (key) => client.decr(key),
    del: async (key) => client.del(key),
  };
}

function served({ rateLimiter }: Package, options: Options): Hono<Environment> {
  const app = new Hono<Environment>();
  app.use(rateLimiter({ limit: 2, keyGenerator: () => "a", ...options }));
  app.get("/fail", (c) => c.text("failed", 500));
  app.get("/", (c) => c.text("ok"));
  app.onError((error, c) => c.text(String(error), 503));
  return app;
}

async function statusesOf(app: Hono<Environment>, paths: readonly string[]): Promise<unknown[]> {
  const seen = [];
  for (const path of paths) {
    const { status, headers } = await app.request(path);
    seen.push([status, headers.get("ratelimit-remaining")]);
  }
  return seen;
}

describe("RedisStore, on a server", () => {
  it.each([
    ["in a window", {}, false],
    ["in one that each request begins anew", { resetExpiryOnChange: true }, true],
  ])("counts as theirs does, back and forth, %s", async (_, options, isAnew) => {
    await using server = await startRedis();
    const client = clientOf(server);
    await client.connect();
    const seen = [];
    for (const [prefix, side] of [
      ["theirs:", theirs],
      ["ours:", ours],
    ] as const) {
      const store = new side.RedisStore<Environment>({
        client: formed(client),
        prefix,
        ...options,
      });
      const app = served(side, { store, skipFailedRequests: true });
      const answers = await statusesOf(app, ["/fail", "/", "/fail", "/", "/", "/fail"]);
      await client.pexpire(`${prefix}a`, 30_000);
      await store.increment("a");
      const [{ totalHits } = { totalHits: 0 }, ttl] = [
        await store.get("a"),
        await client.pttl(`${prefix}a`),
      ];
      await store.resetKey("a");
      seen.push([answers, totalHits, ttl > 50_000, await client.exists(`${prefix}a`)]);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[1]?.slice(1)).toEqual([5, isAnew, 0]);
  });

  it("works once the server does: down at boot, its scripts flushed, restarted", async () => {
    await using server = await startRedis();
    await server.kill();
    const client = clientOf(server);
    client.connect().catch(() => {});
    const theirStore = new theirs.RedisStore({ client: formed(client) });
    const store = new ours.RedisStore<Environment>({ client: formed(client) });
    const app = served(ours, { store });
    expect((await app.request("/")).status).toBe(503);
    const ready = new Promise((resolve) => void client.once("ready", resolve));
    await server.restart();
    await ready;
    await expect(theirStore.get("a")).rejects.toThrow("writeable");
    expect(await store.get("a")).toBeUndefined();
    expect((await app.request("/")).status).toBe(200);
    await client.script("FLUSH");
    expect(await store.get("a")).toMatchObject({ totalHits: 1 });
    await store.decrement("a");
    expect((await app.request("/")).status).toBe(200);
  });

  it("leaves no key that never expires, and gives a stray one an end", async () => {
    await using server = await startRedis();
    const client = clientOf(server);
    await client.connect();
    const store = new ours.RedisStore({ client: formed(client) });
    store.init({ windowMs: 60_000 } as Parameters<typeof store.init>[0]);
    await store.decrement("gone");
    expect(await client.exists("hrl:gone")).toBe(0);
    await client.set("hrl:stray", 7);
    expect(await store.increment("stray")).toMatchObject({ totalHits: 1 });
    expect(await client.pttl("hrl:stray")).toBeGreaterThan(0);
    expect(await store.get("nobody")).toBeUndefined();
  });

  it("does not count a request twice whose reply was lost, as theirs does", async () => {
    await using server = await startRedis();
    const client = clientOf(server);
    await client.connect();
    const counted = [];
    for (const [prefix, side] of [
      ["theirs:", theirs],
      ["ours:", ours],
    ] as const) {
      const whole = formed(client);
      const store = new side.RedisStore({
        prefix,
        client: {
          ...whole,
          async evalsha(sha, keys, given) {
            await whole.evalsha(sha, keys, given);
            throw new Error("the reply was lost");
          },
        },
      });
      store.init({ windowMs: 60_000 } as Parameters<typeof store.init>[0]);
      await expect(store.increment("a")).rejects.toThrow("lost");
      counted.push(await client.get(`${prefix}a`));
    }
    expect(counted).toEqual(["2", "1"]);
  });

  it.each([7, ["1"], "no", null])("throws for a reply that is none: %j", async (reply) => {
    const client = {
      ...formed(new Redis({ lazyConnect: true })),
      scriptLoad: async () => "sha",
      evalsha: async () => reply as never,
    };
    const store = new ours.RedisStore({ client });
    store.init({ windowMs: 60_000 } as Parameters<typeof store.init>[0]);
    await expect(store.increment("a")).rejects.toThrow(TypeError);
    const wrong = new ours.RedisStore({
      client: { ...client, scriptLoad: async () => 7 as never },
    });
    await expect(wrong.get("a")).rejects.toThrow(TypeError);
  });
});

it("redisStore() counts for all processes in an exact window", async () => {
  await using server = await startRedis();
  const [one, other] = [clientOf(server), clientOf(server)];
  await Promise.all([one.connect(), other.connect()]);
  const apps = [one, other].map((client) => {
    const app = new Hono<Environment>();
    const store = redisStore(client, { deadlineMs: 30_000 });
    app.use(
      ours.rateLimiter({ limit: 3, keyGenerator: () => "a", skipFailedRequests: true, store }),
    );
    app.get("/fail", (c) => c.text("failed", 500));
    app.get("/", (c) => c.text("ok"));
    return app;
  });
  const statuses = [];
  for (const path of ["/", "/fail", "/", "/fail", "/", "/"]) {
    statuses.push((await apps[statuses.length % 2]!.request(path)).status);
  }
  expect(statuses).toEqual([200, 500, 200, 500, 200, 429]);
});
