import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { memoryStore, type Store } from "@sluice/core";
import type { RateLimitPluginOptions } from "@sluice/fastify/fastify-rate-limit";
import { redisStore } from "@sluice/redis";
import fastify, { type FastifyInstance } from "fastify";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";

import { startRedis } from "../../../redis/test/servers/redis-server.ts";
import { play } from "./play.ts";
import { ours } from "./plugins.ts";
import type { Step } from "./scenario.ts";
import { statuses } from "./statuses.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

const sliding = { algorithm: "sliding-window", max: 2, timeWindow: 1_000 } as const;
const ask = async (options: RateLimitPluginOptions, ...steps: Step[]): Promise<unknown[]> =>
  statuses(ours, { options, steps });
const byHeader: RateLimitPluginOptions = {
  keyGenerator: ({ headers }) => String(headers["x-key"] ?? ""),
};
const by = (key: string): Step => ({ url: "/", headers: { "x-key": key } });

const byMost: RateLimitPluginOptions = { max: ({ headers }) => Number(headers["x-max"]) };
const most = (max: number): Step => ({ url: "/", headers: { "x-max": `${max}` } });

const looking = (app: FastifyInstance): void => {
  const check = app.createRateLimit();
  const config = { rateLimit: false as const };
  app.get("/look", { config }, async (request) => check(request, { increment: false }));
  app.get("/", { config }, async (request) => check(request));
};

const apart = (app: FastifyInstance): void => {
  app.get("/", () => "hello");
  app.get("/own", { config: { rateLimit: { max: 1 } } }, () => "own");
  for (const url of ["/a", "/b"]) {
    app.get(url, { config: { rateLimit: { groupId: "A", max: 1 } } }, () => "done");
  }
};

const slidingAlone = (app: FastifyInstance): void => {
  app.get("/", { config: { rateLimit: { ...sliding } } }, () => "hello");
};

const full = (): RateLimitPluginOptions => ({
  ...byHeader,
  store: memoryStore({ maxKeys: 1 }),
  max: 1,
});

describe("a sliding window", () => {
  it("lets no more than the limit through in any window, and charges no refusal", async () => {
    const steps = [
      1,
      { wait: 900 },
      6,
      { wait: 99 },
      1,
      { wait: 1 },
      2,
      { wait: 899 },
      1,
      { wait: 1 },
      1,
    ];
    const expected = [200, 200, 429, 429, 429, 429, 429, 429, 200, 429, 429, 200];
    expect(await ask(sliding, ...steps)).toEqual(expected);
  });

  it("tells what is left, and how long to wait", async () => {
    const options = { ...sliding, timeWindow: 10_000 };
    const seen = await play(ours, { title: "", options, steps: [1, { wait: 4_500 }, 2] });
    expect(seen).toMatchObject([
      {
        headers: {
          "x-ratelimit-limit": "2",
          "x-ratelimit-remaining": "1",
          "x-ratelimit-reset": "10",
        },
      },
      { headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "6" } },
      { headers: { "x-ratelimit-remaining": "0", "retry-after": "6" } },
    ]);
  });

  it("is what a store of Sluice counts, in all that have it and one nameSpace", async () => {
    const store = memoryStore();
    const options = { store, max: 2 };
    expect(await ask(options, 1)).toEqual([200]);
    expect(await ask(options, 2)).toEqual([200, 429]);
    expect(await ask({ ...options, nameSpace: "other" }, 1)).toEqual([200]);
  });

  it("is counted in Redis by many processes", async () => {
    const server = await startRedis();
    onTestFinished(async () => server.stop());
    const redis = new Redis(server.port);
    onTestFinished(() => redis.disconnect());
    await redis.ping();
    const options = { store: redisStore(redis, { deadlineMs: 5_000 }), max: 2 };
    expect(await ask(options, 1)).toEqual([200]);
    expect(await ask(options, 2)).toEqual([200, 429]);
  });

  it("has a limit and a length by request, under which what was charged stays charged", async () => {
    const steps = [most(1), most(1), most(2), most(2), most(3)];
    expect(await ask({ ...sliding, ...byMost }, ...steps)).toEqual([200, 429, 200, 429, 200]);
  });

  it("has a length of a fraction, rounded up", async () => {
    const steps = [2, { wait: 999 }, 1, { wait: 1 }, 1];
    expect(await ask({ ...sliding, timeWindow: () => 999.5 }, ...steps)).toEqual([
      200, 200, 429, 200,
    ]);
  });

  it("bears thousands of limits and lengths", async () => {
    const steps = Array.from({ length: 1_100 }, (_, at) => most(at + 1));
    const answers = await ask({ ...sliding, ...byMost }, ...steps, most(1_100));
    expect(answers.filter((status) => status === 200)).toHaveLength(1_100);
    expect(answers.at(-1)).toBe(429);
  });

  it("keeps what it needs for at most 1,000 limits and lengths", async () => {
    const kept = new Map<number, WeakRef<object>>();
    const memory = memoryStore();
    const reserve: typeof memory.reserve = (claims, lease) => {
      for (const { terms } of claims) kept.set(terms.capacity, new WeakRef(terms));
      return memory.reserve(claims, lease);
    };
    const app = fastify();
    onTestFinished(async () => app.close());
    let max = 0;
    await app.register(ours, { global: false, store: { ...memory, reserve }, max: () => ++max });
    const count = app.createRateLimit();
    app.get("/", async (request) => {
      for (let counted = 0; counted < 3_000; counted++) await count(request);
      return "counted";
    });
    expect((await app.inject("/")).body).toBe("counted");
    const left = (): number => {
      collect();
      return [...kept.values()].filter((terms) => terms.deref() !== undefined).length;
    };
    expect(kept.size).toBe(3_000);
    await expect.poll(left, { timeout: 10_000 }).toBeLessThan(1_100);
    expect((await app.inject("/")).statusCode).toBe(200);
  });

  it("counts routes, groups and limiters apart", async () => {
    const steps = ["/own", "/own", "/a", "/b", 3];
    expect(await statuses(ours, { options: sliding, routes: apart, steps })).toEqual([
      200, 429, 200, 429, 200, 200, 429,
    ]);
  });

  it("is said to be exceeded by a look when the next would be refused", async () => {
    const seen = await play(ours, {
      title: "",
      options: sliding,
      routes: looking,
      steps: ["/look", 2, "/look", 1, "/look"],
    });
    const told = seen.map((one) => JSON.parse((one as { body: string }).body).isExceeded);
    expect(told).toEqual([false, false, false, true, true, true]);
  });

  it("bans whoever exceeds it where the ban is at once", async () => {
    expect(await ask({ ...sliding, ban: 0 }, 3)).toEqual([200, 200, 403]);
  });

  it("charges a request once that two of it count at one key", async () => {
    const store = memoryStore();
    const routes = async (app: FastifyInstance): Promise<void> => {
      await app.register(ours, { store, max: 2 });
      app.get("/", () => "hello");
    };
    expect(await statuses(ours, { options: { store, max: 2 }, routes, steps: [3] })).toEqual([
      200, 200, 429,
    ]);
  });

  it("takes keys of any length, and none", async () => {
    const [long, longer] = ["k".repeat(300), "k".repeat(301)];
    const steps = [by(long), by(long), by(longer), by(""), by("")];
    expect(await ask({ ...sliding, ...byHeader, max: 1 }, ...steps)).toEqual([
      200, 429, 200, 200, 429,
    ]);
  });

  it("answers 503 where the store has no room, or lets pass", async () => {
    expect(await ask(full(), by("a"), by("b"))).toEqual([200, 503]);
    expect(await ask({ ...full(), skipOnError: true }, by("a"), by("b"))).toEqual([200, 200]);
  });

  it("never lets pass what is more than nothing", async () => {
    const seen = await play(ours, { title: "", options: { ...sliding, max: 0 }, steps: [1] });
    expect(seen).toMatchObject([{ statusCode: 429, headers: { "retry-after": "1" } }]);
  });

  it("may be asked for by one route", async () => {
    const steps = [1, { wait: 900 }, 1, { wait: 100 }, 2];
    expect(await statuses(ours, { routes: slidingAlone, steps })).toEqual([200, 200, 200, 429]);
  });
});

const store: Store = memoryStore();
const noCount = "left out of a sliding window, which does not count refusals";

describe("what cannot go together is refused", () => {
  it.each<[object, string]>([
    [{ ...sliding, ban: 3 }, `ban must be 0 or ${noCount}, got 3`],
    [{ ...sliding, continueExceeding: true }, `continueExceeding must be ${noCount}, got true`],
    [{ ...sliding, exponentialBackoff: true }, `exponentialBackoff must be ${noCount}, got true`],
    [
      { store, redis: {} },
      "redis must be left out beside a store of Sluice: store: redisStore(redis), got an object",
    ],
    [
      { ...sliding, redis: {} },
      "redis must be left out beside a store of Sluice: store: redisStore(redis), got an object",
    ],
    [
      { ...sliding, store: ours },
      'store must be one of Sluice where algorithm is "sliding-window", got a function',
    ],
    [
      { store, algorithm: "fixed-window" },
      'store must be a class of stores where algorithm is "fixed-window", got an object',
    ],
    [
      { store: {} },
      'store must be a class of stores where algorithm is "fixed-window", got an object',
    ],
    [{ algorithm: "leaky" }, 'algorithm must be "fixed-window" or "sliding-window", got "leaky"'],
    [
      { ...sliding, timeWindow: 0 },
      'limit "rate-limit": window must be a positive duration of at most ten years, as 60000 or "1m", got 0',
    ],
  ])("%j", async (options, words) => {
    expect(await statuses(ours, { options: () => options, steps: [1] })).toEqual([words]);
  });
});
