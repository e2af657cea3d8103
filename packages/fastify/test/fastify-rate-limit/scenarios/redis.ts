import type { FastifyInstance, FastifyRequest } from "fastify";

import type { Scenario, World } from "../scenario.ts";

/** What is in the server, with the seconds that each key is kept. */
const kept = (app: FastifyInstance, { redis }: World): void => {
  app.get("/kept", { config: { rateLimit: false } }, async () => {
    const keys = (await redis.keys("*")).toSorted();
    return Promise.all(
      keys.map(async (key) => [
        key,
        await redis.get(key),
        Math.ceil((await redis.pttl(key)) / 1_000),
      ]),
    );
  });
};

const hello = (app: FastifyInstance, world: World): void => {
  kept(app, world);
  app.get("/", () => "hello");
  app.get("/own", { config: { rateLimit: { max: 1, timeWindow: "9s" } } }, () => "own");
};

const rounded = (answer: object): object => ({ ...answer, ttl: 0 });

const scenario = (
  title: string,
  options: object,
  steps: Scenario["steps"],
  routes: Scenario["routes"] = hello,
): Scenario => ({
  title: `Redis: ${title}`,
  redis: true,
  options: ({ redis }) => ({ redis, max: 2, timeWindow: 60_000, ...options }),
  routes,
  steps,
});

/** Counts that several processes share, at the same keys. */
export const redisScenarios: readonly Scenario[] = [
  scenario("a limit of two", {}, [3, "/kept"]),
  scenario("a limit of nothing", { max: 0 }, [2, "/kept"]),
  scenario("an infinite limit by request", { max: () => Infinity }, [1, "/kept"]),
  scenario("a window that ends", { timeWindow: 5_000 }, [3, { wait: 5_000 }, "/kept", 2, "/kept"]),
  scenario("the seconds that are left", {}, [1, { wait: 20_500 }, 2, "/kept"]),
  scenario("a window of no time", { timeWindow: 0 }, [3, "/kept"]),
  scenario("a name in front of keys", { nameSpace: "mine:" }, [1, "/kept"]),
  scenario("a route with a limit of its own", {}, [1, "/own", "/own", "/kept"]),
  scenario("a route that is asked with HEAD", {}, ["HEAD /own", "/own", "/kept"]),
  scenario("a ban", { max: 1, ban: 1 }, [4, { wait: 60_000 }, 1]),
  scenario("windows that are renewed", { max: 1, timeWindow: 9_000, continueExceeding: true }, [
    2,
    { wait: 8_000 },
    1,
    "/kept",
    { wait: 8_000 },
    1,
    { wait: 9_000 },
    1,
  ]),
  scenario(
    "the time to wait, doubled by each refusal",
    { max: 1, timeWindow: 9_000, exponentialBackoff: true },
    [4, "/kept", { wait: 20_000 }, 1, "/kept", { wait: 72_000 }, 1],
  ),
  scenario(
    "the time to wait, doubled beyond all that can be told",
    { max: 0, timeWindow: "1 year", exponentialBackoff: true },
    [24],
  ),
  scenario(
    "doubling beside renewal",
    { max: 1, exponentialBackoff: true, continueExceeding: true },
    [5, "/kept"],
  ),
  scenario(
    "the names of the draft and a builder",
    {
      max: 0,
      enableDraftSpec: true,
      errorResponseBuilder: (_: unknown, { after, max }: { after: string; max: number }) => ({
        statusCode: 429,
        after,
        max,
      }),
    },
    [1],
  ),
  scenario("a key that is a number", { keyGenerator: () => 7 }, [1, "/kept"]),
  scenario("keys of IPv6", { max: 1 }, [
    { url: "/", remoteAddress: "2001:db8::1" },
    { url: "/", remoteAddress: "2001:db8::2" },
    "/kept",
  ]),
  scenario(
    "asking and looking",
    { max: 1 },
    ["/look", "/ask", "/look", "/ask", "/look", { wait: 60_000 }, "/look", "/kept"],
    (app, world) => {
      kept(app, world);
      const check = app.createRateLimit();
      app.get("/ask", { config: { rateLimit: false } }, async (request) =>
        rounded(await check(request)),
      );
      app.get("/look", { config: { rateLimit: false } }, async (request) =>
        rounded(await check(request, { increment: false })),
      );
    },
  ),
  {
    ...scenario("a key that holds no number", {}, [1]),
    before: (_app, { redis }) => redis.set("fastify-rate-limit-127.0.0.1", "words", "PX", 9_000),
    routes: (app) => {
      app.setErrorHandler(async (_error, _request, reply) =>
        reply.code(500).send("the store failed"),
      );
      app.get("/", () => "hello");
    },
  },
  {
    ...scenario("a key that holds no number, which is skipped", { skipOnError: true }, [1]),
    before: (_app, { redis }) => redis.lpush("fastify-rate-limit-127.0.0.1", "words"),
  },
  scenario("windows that only refusals renew", { timeWindow: 9_000, continueExceeding: true }, [
    1,
    { wait: 5_000 },
    1,
    "/kept",
    1,
    "/kept",
  ]),
  scenario("waits that only refusals double", { timeWindow: 9_000, exponentialBackoff: true }, [
    1,
    { wait: 5_000 },
    1,
    "/kept",
    1,
    "/kept",
    1,
    "/kept",
  ]),
  scenario(
    "a window that becomes no time",
    { timeWindow: ({ headers }: FastifyRequest) => Number(headers["x-ms"] ?? 9_000) },
    [1, { url: "/", headers: { "x-ms": "0" } }, "/kept", 1],
  ),
  scenario(
    "a window that becomes no time and is renewed",
    {
      max: 1,
      continueExceeding: true,
      timeWindow: ({ headers }: FastifyRequest) => Number(headers["x-ms"] ?? 9_000),
    },
    [2, { url: "/", headers: { "x-ms": "0" } }, "/kept", 1],
  ),
  {
    ...scenario("looking at a key without an end", {}, ["/look"]),
    before: (_app, { redis }) => redis.set("fastify-rate-limit-127.0.0.1", 5),
    routes: (app) => {
      const check = app.createRateLimit();
      app.get("/look", { config: { rateLimit: false } }, async (request) =>
        check(request, { increment: false }),
      );
    },
  },
  scenario(
    "asking twice for one request",
    { max: 3 },
    ["/both", "/both", "/kept"],
    (app, world) => {
      kept(app, world);
      const check = app.createRateLimit();
      app.get("/both", { config: { rateLimit: false } }, async (request) => [
        rounded(await check(request)),
        rounded(await check(request)),
      ]);
    },
  ),
];
