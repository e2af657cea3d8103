import fastify, { type FastifyInstance } from "fastify";
import { Cluster, Redis } from "ioredis";
import { Redis as Valkey } from "iovalkey";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

import { startCluster } from "../../../redis/test/servers/cluster.ts";
import { type RedisServer, startRedis } from "../../../redis/test/servers/redis-server.ts";
import { ours, theirs } from "./plugins.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => server?.stop());

function connected<T extends { disconnect(): void }>(client: T): T {
  onTestFinished(() => client.disconnect());
  return client;
}

async function appOf(plugin: typeof ours, redis: unknown, max = 2): Promise<FastifyInstance> {
  const app = fastify();
  onTestFinished(async () => app.close());
  await app.register(plugin, { redis, max, deadlineMs: 20_000 });
  app.get("/", () => "hello");
  app.get("/own", { config: { rateLimit: { max: 1 } } }, () => "own");
  return app;
}

const status = async (app: FastifyInstance, url = "/"): Promise<number> =>
  (await app.inject(url)).statusCode;

it("counts together with the package whose place it takes, in one Redis", async () => {
  const redis = connected(new Redis(server.port));
  await redis.flushall();
  const [before, after] = [await appOf(theirs, redis), await appOf(ours, redis)];
  expect([await status(before), await status(after)]).toEqual([200, 200]);
  expect([await status(before), await status(after)]).toEqual([429, 429]);
  expect([await status(after, "/own"), await status(before, "/own")]).toEqual([200, 429]);
});

it.each([
  [
    "ioredis that leaves numbers as text",
    () => new Redis({ port: server.port, stringNumbers: true }),
  ],
  ["iovalkey", () => new Valkey({ port: server.port })],
])("counts by %s", async (_name, open) => {
  const client = connected(open());
  await client.flushall();
  const app = await appOf(ours, client);
  expect([await status(app), await status(app), await status(app)]).toEqual([200, 200, 429]);
});

it("counts at keys with the client's prefix", async () => {
  const redis = connected(new Redis({ port: server.port, keyPrefix: "app:" }));
  await redis.flushall();
  await status(await appOf(ours, redis));
  expect(await redis.keys("*")).toEqual(["app:fastify-rate-limit-127.0.0.1"]);
});

it("counts in a Cluster, wherever a key is", async () => {
  const cluster = await startCluster();
  onTestFinished(async () => cluster.stop());
  const client = connected(new Cluster([...cluster.nodes]));
  const app = await appOf(ours, client, 1);
  const clients = Array.from({ length: 20 }, (_, at) => `192.0.2.${at}`);
  for (const expected of [200, 429]) {
    const answers = clients.map(async (remoteAddress) => app.inject({ url: "/", remoteAddress }));
    const statuses = (await Promise.all(answers)).map(({ statusCode }) => statusCode);
    expect(new Set(statuses)).toEqual(new Set([expected]));
  }
});

it("takes no client of another kind", async () => {
  const redis = { evalSha: async () => 1, eval: async () => 1 };
  await expect(appOf(ours, redis)).rejects.toThrow(
    "redis must be a client of ioredis or iovalkey, got an object",
  );
});
