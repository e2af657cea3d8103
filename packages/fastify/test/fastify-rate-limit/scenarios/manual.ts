import type { CreateRateLimitOptions, RateLimitOptions } from "@sluice/fastify/fastify-rate-limit";
import type { FastifyInstance } from "fastify";

import type { Scenario, Step, World } from "../scenario.ts";

/** `GET /` asks and answers what it is told, `GET /look` does not count. */
function asking(options?: CreateRateLimitOptions) {
  return (app: FastifyInstance): void => {
    const check = options === undefined ? app.createRateLimit() : app.createRateLimit(options);
    app.get("/", { config: { rateLimit: false } }, async (request) => check(request));
    app.get("/look", { config: { rateLimit: false } }, async (request) =>
      check(request, { increment: false }),
    );
    app.get("/count", { config: { rateLimit: false } }, async (request) =>
      check(request, { increment: true }),
    );
    app.get("/both", { config: { rateLimit: false } }, async (request) => [
      await check(request),
      await check(request, {}),
    ]);
  };
}

/** `GET /` by a hook of the route. */
function hooked(...all: (RateLimitOptions | undefined)[]) {
  return (app: FastifyInstance, _world: World): void => {
    const preHandler = all.map((options) => app.rateLimit(options));
    app.get("/", { preHandler, config: { rateLimit: false } }, () => "hello");
    app.get("/same", { preHandler: [...preHandler], config: { rateLimit: false } }, () => "same");
  };
}

const look: Step[] = ["/look", 1, "/look", 2, "/look"];

/** What is counted by hand. */
export const manual: readonly Scenario[] = [
  { title: "asking", routes: asking(), steps: [4] },
  { title: "asking with a limit of its own", routes: asking({ max: 1 }), steps: [3] },
  {
    title: "asking with a window of its own",
    routes: asking({ timeWindow: "2s" }),
    steps: [3, { wait: 2_000 }, 1],
  },
  {
    title: "asking with a limit and a window by request",
    routes: asking({ max: async () => 1, timeWindow: () => 900 }),
    steps: [2],
  },
  { title: "asking with a ban", routes: asking({ max: 1, ban: 1 }), steps: [4] },
  { title: "asking with a list", routes: asking({ allowList: ["127.0.0.1"] }), steps: [2] },
  { title: "asking with a key", routes: asking({ keyGenerator: async () => 12 }), steps: [2] },
  {
    title: "asking with a subnet",
    routes: asking({ ipv6Subnet: 32 }),
    steps: [
      { url: "/", remoteAddress: "2001:db8:1::1" },
      { url: "/", remoteAddress: "2001:db8:2::1" },
    ],
  },
  { title: "asking, twice for one request", routes: asking(), steps: ["/both", "/both"] },
  { title: "asking, said to count", routes: asking(), steps: ["/count", "/look"] },
  { title: "looking", routes: asking(), steps: look },
  { title: "looking at a ban", routes: asking({ max: 1, ban: 0 }), steps: look },
  {
    title: "looking after a window",
    routes: asking({ timeWindow: 500 }),
    steps: [2, { wait: 499 }, "/look", { wait: 1 }, "/look", 1],
  },
  { title: "looking at a list", routes: asking({ allowList: () => true }), steps: look },
  {
    title: "looking where windows are renewed",
    options: { max: 1, timeWindow: 1_000, continueExceeding: true },
    routes: asking(),
    steps: [2, { wait: 500 }, "/look", { wait: 400 }, 1, "/look"],
  },
  {
    title: "asking where the plugin has counted",
    options: { max: 3 },
    routes: (app) => {
      const check = app.createRateLimit();
      app.get("/", async (request) => check(request));
    },
    steps: [3],
  },
  {
    title: "asking on a route with a limit of its own",
    options: { max: 3 },
    routes: (app) => {
      const check = app.createRateLimit();
      app.get("/", { config: { rateLimit: { max: 1 } } }, async (request) => check(request));
    },
    steps: [2],
  },
  {
    title: "asking on a route of a group",
    options: { max: 3 },
    routes: (app) => {
      const check = app.createRateLimit();
      app.get("/", { config: { rateLimit: { groupId: "A" } } }, async (request) => check(request));
    },
    steps: [2],
  },
  {
    title: "asking where a key cannot be had",
    options: {
      keyGenerator: () => {
        throw new Error("no key");
      },
    },
    routes: asking(),
    steps: [1],
  },
  {
    title: "two that ask, of which one has options",
    options: { max: 5 },
    routes: (app) => {
      const checks = [
        app.createRateLimit(),
        app.createRateLimit({ max: 2 }),
        app.createRateLimit({ max: 2 }),
      ];
      app.get("/", { config: { rateLimit: false } }, async (request) =>
        Promise.all(checks.map(async (check) => check(request))),
      );
    },
    steps: [3],
  },
  {
    title: "a hook by the plugin's options",
    options: { max: 1, global: false },
    routes: hooked(undefined),
    steps: ["/", "/same", "/"],
  },
  {
    title: "a hook by options of its own",
    options: { max: 5 },
    routes: hooked({ max: 1, timeWindow: 3_000 }),
    steps: [2, "/same", { wait: 3_000 }, 1],
  },
  {
    title: "a hook with callbacks and a builder",
    options: { max: 5 },
    routes: (app, { tell }) =>
      hooked({
        max: 1,
        ban: 0,
        onExceeding: tell("passes"),
        onExceeded: tell("exceeds"),
        onBanReach: tell("ban"),
        errorResponseBuilder: tell("build", { statusCode: 403 }),
      })(app, undefined as never),
    steps: [2],
  },
  {
    title: "two hooks, of which the first counts",
    options: { max: 5 },
    routes: hooked({ max: 2 }, { max: 1 }),
    steps: [3],
  },
  {
    title: "a hook on a route that the plugin has counted",
    options: { max: 3 },
    routes: (app) => app.get("/", { preHandler: app.rateLimit({ max: 1 }) }, () => "hello"),
    steps: [3],
  },
  {
    title: "a hook with a name of a group that is no text",
    routes: (app) => hooked({ groupId: 3 as never })(app, undefined as never),
    steps: [1],
  },
];
