import { memoryStore } from "@sluice/core";
import fastify, { type FastifyInstance } from "fastify";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { type RedisServer, startRedis } from "../../../redis/test/servers/redis-server.ts";
import { grouped } from "./grouped.ts";
import { play } from "./play.ts";
import { ours, theirs } from "./plugins.ts";
import type { Scenario, World } from "./scenario.ts";
import { both, statuses } from "./statuses.ts";

const name = "fastify-rate-limit-127.0.0.1";

const common =
  (options: object) =>
  ({ redis }: World) => ({ redis, max: 1, ...options });

const endless = async (_app: FastifyInstance, world: World): Promise<unknown> =>
  world.redis.set(name, 5);

const apart = (app: FastifyInstance): void => {
  const strict = app.createRateLimit({ max: 1 });
  const loose = app.createRateLimit({ max: 9 });
  const config = { rateLimit: false as const };
  app.get("/", { config }, async (request) => strict(request));
  app.get("/loose", { config }, async (request) => loose(request));
};

const flushing = (app: FastifyInstance, world: World): void => {
  app.get("/", () => "hello");
  app.get("/flush", { config: { rateLimit: false } }, async () => world.redis.script("FLUSH"));
};

const nestedIn =
  (plugin: typeof ours) =>
  async (app: FastifyInstance, { redis }: World): Promise<void> => {
    await app.register(plugin, { redis, max: 4, ban: 1 });
    app.get("/", () => "hello");
  };

const last = async (plugin: typeof ours, redis: Redis): Promise<unknown> => {
  await redis.flushall();
  const scenario = {
    title: "",
    options: common({}),
    routes: apart,
    steps: ["/loose", "/loose", "/"],
  };
  const { body } = (await play(plugin, scenario, redis)).at(-1) as { body: string };
  return JSON.parse(body).isExceeded;
};

describe("in Redis", () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.port);
    // Connected before the time is set, as it measures how long that takes.
    await redis.ping();
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  it("counts routes of one groupId together", async () => {
    const options = common({});
    const steps = ["/send", "/resend", "/send", "/other"];
    expect(await both({ options, routes: grouped, steps }, redis)).toEqual([
      [200, 200, 200, 200],
      [200, 200, 429, 200],
    ]);
  });

  it("counts a group at a key that is not that of any of its routes", async () => {
    await statuses(ours, { options: common({}), routes: grouped, steps: ["/send"] }, redis);
    expect(await redis.keys("*")).toEqual(["fastify-rate-limit-group-A-127.0.0.1A"]);
  });

  it("leaves a route that brings a store to it", async () => {
    const scenario: Omit<Scenario, "title"> = {
      options: common({}),
      routes: (app) => {
        app.get("/", { config: { rateLimit: { store: memoryStore() } } }, () => "hello");
      },
      steps: [2],
    };
    expect(await statuses(ours, scenario, redis)).toEqual([200, 429]);
    expect(await redis.keys("*")).toEqual([]);
  });

  it("lets every key end: one of a window with a fraction too", async () => {
    const options = common({ timeWindow: () => 1_000.5 });
    expect(await statuses(theirs, { options, steps: [1] }, redis)).toEqual([500]);
    expect(await redis.pttl(name)).toBe(-1);
    expect(await statuses(ours, { options, steps: [2] }, redis)).toEqual([200, 429]);
    expect(await redis.pttl(name)).toBeGreaterThan(0);
  });

  it("lets a key end that was left without an end", async () => {
    const steps = [1, { wait: 60_000 }, 1];
    expect(await both({ options: common({}), before: endless, steps }, redis)).toEqual([
      [429, 429],
      [429, 200],
    ]);
  });

  it("charges a request once, refused or not, where two of it count at one key", async () => {
    const asked = async (plugin: typeof ours): Promise<unknown[]> =>
      statuses(
        plugin,
        { options: common({ max: 4 }), routes: nestedIn(plugin), steps: [6] },
        redis,
      );
    expect(await asked(theirs)).toEqual([200, 200, 429, 429, 429, 429]);
    expect(await redis.get(name)).toBe("8");
    expect(await asked(ours)).toEqual([200, 200, 200, 200, 429, 429]);
    expect(await redis.get(name)).toBe("6");
  });

  it("counts limiters of different options apart", async () => {
    expect([await last(theirs, redis), await last(ours, redis)]).toEqual([true, false]);
  });

  it("defines nothing on the client", async () => {
    const client = new Redis(server.port);
    onTestFinished(() => client.disconnect());
    const app = fastify();
    await app.register(ours, { redis: client });
    await app.close();
    expect("rateLimit" in client).toBe(false);
  });

  it("goes on when the server has forgotten the script", async () => {
    const steps = [1, "/flush", 1];
    expect(await statuses(ours, { options: common({}), routes: flushing, steps }, redis)).toEqual([
      200, 200, 429,
    ]);
  });

  it("does not count a request twice whose reply was lost", async () => {
    const client = new Redis(server.port);
    onTestFinished(() => client.disconnect());
    const count = client.evalsha.bind(client);
    // Known to the server, so that what fails is only the reply.
    await client.flushall();
    const lossy = Object.assign(client, {
      async evalsha(...given: Parameters<typeof count>) {
        await count(...given);
        throw new Error("the reply was lost");
      },
    });
    const app = fastify();
    await app.register(ours, { redis: lossy, max: 5 });
    app.get("/", () => "hello");
    expect((await app.inject("/")).statusCode).toBe(500);
    await app.close();
    expect(await redis.get(name)).toBe("1");
  });
});
