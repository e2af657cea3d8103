import type { RateLimitPluginOptions } from "@sluice/fastify/fastify-rate-limit";
import type { FastifyInstance, FastifyPluginCallback } from "fastify";

import type { Scenario, World } from "../scenario.ts";

/** The plugin that the scenario is played with. */
type Registered = { plugin: FastifyPluginCallback<RateLimitPluginOptions> };

/** Where it holds, and several of it. */
export function contexts({ plugin }: Registered): readonly Scenario[] {
  const twice =
    (first: object, second: object) =>
    async (app: FastifyInstance): Promise<void> => {
      await app.register(plugin, first);
      await app.register(plugin, second);
      app.get("/", () => "hello");
      app.get("/own", { config: { rateLimit: { max: 1 } } }, () => "own");
    };
  const inner =
    (options: object) =>
    async (app: FastifyInstance, _world: World): Promise<void> => {
      app.get("/outer", () => "outer");
      await app.register(async (context) => {
        await context.register(plugin, options);
        context.get("/", () => "inner");
        context.get("/own", { config: { rateLimit: { max: 1 } } }, () => "own");
      });
      app.get("/after", () => "after");
    };
  return [
    {
      title: "two of one context, the first stricter",
      options: { global: false },
      routes: twice({ max: 1 }, { max: 2 }),
      steps: [3],
    },
    {
      title: "two of one context, the second stricter",
      options: { global: false },
      routes: twice({ max: 2 }, { max: 1 }),
      steps: [3],
    },
    {
      title: "two of one context, by other keys and names",
      options: { global: false },
      routes: twice({ max: 3, keyGenerator: () => "all" }, { max: 1, enableDraftSpec: true }),
      steps: [
        2,
        { url: "/", remoteAddress: "192.0.2.1" },
        { url: "/", remoteAddress: "192.0.2.2" },
      ],
    },
    {
      title: "two of one context, at two hooks",
      options: { global: false },
      routes: twice({ max: 2, hook: "preHandler" }, { max: 1, ban: 0 }),
      steps: [3],
    },
    {
      title: "two of one context, and a route with options",
      options: { global: false },
      routes: twice({ max: 3 }, { max: 2 }),
      steps: ["/own", "/own", 3],
    },
    {
      title: "one within a context",
      options: { global: false, max: 9 },
      routes: inner({ max: 1 }),
      steps: ["/outer", "/", "/", "/outer", "/after"],
    },
    {
      title: "one within another",
      options: { max: 2 },
      routes: inner({ max: 1 }),
      steps: ["/outer", "/", "/", "/outer", "/", "/after"],
    },
    {
      title: "one within another, that has a larger limit",
      options: { max: 1 },
      routes: inner({ max: 2 }),
      steps: ["/", "/", "/own", "/own"],
    },
    {
      title: "two of two contexts",
      options: { global: false },
      routes: async (app) => {
        for (const [path, max] of [
          ["/a", 1],
          ["/b", 2],
        ] as const) {
          await app.register(async (context) => {
            await context.register(plugin, { max });
            context.get(path, () => path);
          });
        }
      },
      steps: ["/a", "/b", "/a", "/b", "/b"],
    },
    {
      title: "a hook of the outer within the inner",
      options: { global: false, max: 1 },
      routes: (app) =>
        app.register(async (context) => {
          await context.register(plugin, { global: false, max: 5 });
          context.get("/", { preHandler: context.rateLimit() }, () => "hello");
        }),
      steps: [2],
    },
    {
      title: "a plugin that depends on it by its name",
      options: { max: 1 },
      routes: async (app) => {
        const dependent = Object.assign(async () => {}, {
          [Symbol.for("skip-override")]: true,
          [Symbol.for("plugin-meta")]: { name: "dependent", dependencies: ["@fastify/rate-limit"] },
        });
        await app.register(dependent);
        app.get("/", () => String(app.hasPlugin("@fastify/rate-limit")));
      },
      steps: [2],
    },
    {
      title: "decorators of another that have the same names",
      before: (app) => {
        app.decorate("rateLimit", (() => async () => {}) as never);
        app.decorate("createRateLimit", (() => async () => ({
          isAllowed: true,
          key: "mine",
        })) as never);
      },
      options: { max: 1 },
      routes: (app) => {
        const check = app.createRateLimit();
        app.get(
          "/",
          { preHandler: app.rateLimit() },
          async (request) => (await check(request)).key,
        );
      },
      steps: [2],
    },
  ];
}
