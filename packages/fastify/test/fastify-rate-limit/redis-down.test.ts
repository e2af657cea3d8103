import { once } from "node:events";

import fastify, { type FastifyInstance } from "fastify";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";

import { startRedis } from "../../../redis/test/servers/redis-server.ts";
import { ours } from "./plugins.ts";

const key = "fastify-rate-limit-127.0.0.1";

/** A server that is down, and a client of it, as ioredis makes one without options. */
async function down(options = {}) {
  const server = await startRedis();
  onTestFinished(async () => server.stop());
  await server.kill();
  const redis = new Redis({ port: server.port, retryStrategy: () => 20, ...options });
  redis.on("error", () => {});
  onTestFinished(() => redis.disconnect());
  return { server, redis };
}

async function appOf(options: object): Promise<FastifyInstance> {
  const app = fastify();
  onTestFinished(async () => app.close());
  await app.register(ours, { max: 2, ...options });
  app.get("/", () => "hello");
  return app;
}

async function statuses(app: FastifyInstance, times: number): Promise<number[]> {
  const all = [];
  for (let asked = 0; asked < times; asked++) all.push((await app.inject("/")).statusCode);
  return all;
}

it("answers while Redis is down since before the app was, and limits once it is up", async () => {
  const { server, redis } = await down();
  const strict = await appOf({ redis, deadlineMs: 400 });
  const open = await appOf({ redis, deadlineMs: 400, skipOnError: true });
  const refused = await strict.inject("/");
  expect([refused.statusCode, refused.json().message]).toEqual([
    500,
    "redis did not answer within 400 ms",
  ]);
  expect(await statuses(open, 1)).toEqual([200]);
  await server.restart();
  if (redis.status !== "ready") await once(redis, "ready");
  // What was answered long ago is not counted now.
  expect(await redis.get(key)).toBe(null);
  expect(await statuses(strict, 3)).toEqual([200, 200, 429]);
});

it("waits again when the connection is lost again", async () => {
  const { server, redis } = await down();
  const app = await appOf({ redis, deadlineMs: 20_000 });
  for (const expected of [[200], [200]]) {
    const answered = statuses(app, 1);
    await server.restart();
    expect(await answered).toEqual(expected);
    await server.kill();
    if (redis.status === "ready") await once(redis, "close");
  }
});

const timers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

it("leaves no timer behind", async () => {
  const server = await startRedis();
  onTestFinished(async () => server.stop());
  const redis = new Redis(server.port);
  onTestFinished(() => redis.disconnect());
  const app = await appOf({ redis, deadlineMs: 60_000 });
  await redis.ping();
  const before = timers();
  await statuses(app, 5);
  expect(timers()).toBeLessThanOrEqual(before);
});

it("waits for a connection that is being made, whoever comes first", async () => {
  const server = await startRedis();
  onTestFinished(async () => server.stop());
  const redis = new Redis({ port: server.port, lazyConnect: true });
  onTestFinished(() => redis.disconnect());
  const app = await appOf({ redis });
  const answers = await Promise.all([1, 2, 3].map(async () => app.inject("/")));
  expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([
    200, 200, 429,
  ]);
  expect(redis.listenerCount("ready")).toBe(0);
});

it("leaves no listener on the client for each that waits", async () => {
  const { redis } = await down();
  const listeners = redis.listenerCount("ready");
  const app = await appOf({ redis, deadlineMs: 20, skipOnError: true });
  await Promise.all(Array.from({ length: 50 }, async () => app.inject("/")));
  // One of ours; the client has its own, which come and go.
  expect(redis.listenerCount("ready") - listeners).toBeLessThanOrEqual(2);
});

it("does not wait where the client is told not to queue", async () => {
  const { redis } = await down({ enableOfflineQueue: false });
  const app = await appOf({ redis, deadlineMs: 60_000 });
  expect(await statuses(app, 1)).toEqual([500]);
});

it("does not wait for a client that was closed", async () => {
  const { redis } = await down();
  const app = await appOf({ redis, deadlineMs: 60_000 });
  redis.disconnect();
  if (redis.status !== "end") await once(redis, "end");
  expect(await statuses(app, 1)).toEqual([500]);
});

it("answers in time while a server that was up says nothing", async () => {
  const server = await startRedis();
  onTestFinished(async () => server.stop());
  const redis = new Redis(server.port);
  onTestFinished(() => redis.disconnect());
  const app = await appOf({ redis, deadlineMs: 400 });
  await redis.ping();
  expect(await statuses(app, 1)).toEqual([200]);
  server.pause();
  expect(await statuses(app, 1)).toEqual([500]);
  server.resume();
  await redis.ping();
  // The one that was sent and not answered is counted.
  expect(await statuses(app, 1)).toEqual([429]);
});

it.each([0, 1.5, 60_001, "1s"])("has no deadline of %s", async (deadlineMs) => {
  const { redis } = await down();
  await expect(appOf({ redis, deadlineMs })).rejects.toThrow(
    "deadlineMs must be a whole number from 1 to 60000, got",
  );
});
