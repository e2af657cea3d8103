import type { RateLimitOptions } from "@sluice/fastify/fastify-rate-limit";
import type { FastifyInstance } from "fastify";

import type { Scenario, Step } from "../scenario.ts";

const both: Step[] = ["/", "/own", "/", "/own", "/own", "/"];

/** `GET /` by the plugin's options, and `GET /own` by its own. */
function own(rateLimit: unknown): (app: FastifyInstance) => void {
  return (app) => {
    app.get("/", () => "hello");
    app.get("/own", { config: { rateLimit: rateLimit as RateLimitOptions } }, () => "own");
  };
}

const asked = (title: string, rateLimit: unknown, steps: readonly Step[] = both): Scenario => ({
  title,
  steps,
  routes: own(rateLimit),
});

/** What a route says. */
export const routes: readonly Scenario[] = [
  asked("a route with an empty object", {}),
  asked("a route with a limit of its own", { max: 1 }),
  asked("a route that is left alone", false),
  asked("a route that says null", null),
  asked("a route that says true", true),
  asked("a route that says a number", 3),
  asked("a route that says a text", "5 per minute"),
  asked("a route with a window of its own", { max: 1, timeWindow: 2_000 }, [
    ...both,
    { wait: 2_000 },
    ...both,
  ]),
  asked("a route with a window in words", { timeWindow: "5 seconds" }),
  asked("a route with a limit by request", { max: async () => 1 }),
  asked("a route with a ban", { max: 1, ban: 0 }),
  asked("a route with renewal", { max: 1, timeWindow: 1_000, continueExceeding: true }, [
    ...both,
    { wait: 900 },
    "/own",
    { wait: 900 },
    "/own",
  ]),
  asked("a route with a key of its own", { keyGenerator: () => "all" }),
  asked("a route with a list of its own", { allowList: ["127.0.0.1"] }),
  asked("a route with a builder of its own", {
    max: 1,
    errorResponseBuilder: () => ({ statusCode: 429, mine: true }),
  }),
  asked("a route with a name of a group that is no text", { groupId: 7 }),
  asked("a route that brings its own table size", { cache: 10, max: 1 }),
  asked("a route with a hook of its own", { hook: "preHandler", max: 1 }),
  asked("routes whose methods are asked with HEAD", { max: 1 }, [
    "HEAD /own",
    "/own",
    "HEAD /own",
    "/own",
    "HEAD /",
    "/",
    "HEAD /",
  ]),
  {
    title: "a route whose options are those of the plugin, but for one",
    options: ({ tell }) => ({
      max: 1,
      ban: 0,
      enableDraftSpec: true,
      timeWindow: 9_000,
      keyGenerator: () => "k",
      onExceeded: tell("plugin's"),
    }),
    routes: (app, { tell }) =>
      app.get("/own", { config: { rateLimit: { onExceeding: tell("route's") } } }, () => "own"),
    steps: ["/own", "/own"],
  },
  {
    title: "a route whose callbacks are its own",
    options: ({ tell }) => ({
      max: 1,
      onExceeding: tell("plugin's"),
      onExceeded: tell("plugin's"),
      onBanReach: tell("plugin's"),
    }),
    routes: (app, { tell }) => {
      const all = {
        onExceeding: tell("route's"),
        onExceeded: tell("route's"),
        onBanReach: tell("route's"),
      };
      own({ ...all, ban: 0 })(app);
    },
    steps: both,
  },
  {
    title: "a plugin that is for the routes that ask for it",
    options: { global: false, max: 1 },
    routes: own({}),
    steps: both,
  },
  {
    title: "a plugin that is for the routes that ask for it, and one that says null",
    options: { global: false, max: 1 },
    routes: own(null),
    steps: both,
  },
  {
    title: "a plugin that is asked in words to be for all",
    options: () => ({ global: "no", max: 1 }),
    steps: [2],
  },
  {
    title: "a route from before the plugin",
    before: (app) => app.get("/before", () => "before"),
    options: { max: 1 },
    steps: ["/before", "/before", "/", "/"],
  },
  { title: "what no route answers", options: { max: 1 }, steps: ["/none", "/none", 2] },
  {
    title: "a handler of what no route answers, with the limit",
    options: { max: 1 },
    routes: (app) => {
      app.setNotFoundHandler({ preHandler: app.rateLimit() }, async (_request, reply) =>
        reply.code(404).send("none"),
      );
      app.get("/", () => "hello");
    },
    steps: ["/none", "/other", 2],
  },
  {
    title: "a handler of what no route answers, with a limit of its own",
    options: { max: 3 },
    routes: (app) => {
      app.setNotFoundHandler(
        { preHandler: app.rateLimit({ max: 1, timeWindow: 500 }) },
        async (_request, reply) => reply.code(404).send("none"),
      );
      app.get("/", () => "hello");
    },
    steps: ["/none", "/other", { wait: 500 }, "/none", 2],
  },
  {
    title: "a route whose parameter differs",
    options: { max: 1 },
    routes: (app) => app.get("/things/:id", { config: { rateLimit: { max: 2 } } }, () => "thing"),
    steps: ["/things/1", "/things/2", "/things/3"],
  },
  {
    title: "a route of two methods",
    routes: (app) =>
      app.route({
        method: ["PUT", "POST"],
        url: "/",
        config: { rateLimit: { max: 1 } },
        handler: () => "done",
      }),
    steps: ["PUT /", "POST /"],
  },
  {
    title: "the same path by two methods",
    routes: (app) => {
      app.get("/", { config: { rateLimit: { max: 1 } } }, () => "got");
      app.post("/", { config: { rateLimit: { max: 1 } } }, () => "posted");
    },
    steps: ["GET /", "POST /", "GET /", "POST /"],
  },
  {
    title: "a prefix, with a slash and without",
    routes: (app) =>
      app.register(
        async (inner) => void inner.get("/", { config: { rateLimit: { max: 2 } } }, () => "in"),
        { prefix: "/in" },
      ),
    steps: ["/in", "/in/", "/in", "/in/"],
  },
  ...(["onRequest", "preParsing", "preValidation", "preHandler"] as const).flatMap(
    (hook): Scenario[] => [
      {
        title: `a limit at ${hook}, among the hooks of the app and of the route`,
        options: ({ tell }) => ({
          max: 1,
          hook,
          onExceeding: tell("passes"),
          onExceeded: tell("exceeds"),
        }),
        routes: (app, { log }) => {
          for (const name of ["onRequest", "preValidation", "preHandler"] as const) {
            app.addHook(name, async () => log("app", name));
          }
          app.addHook("preParsing", async () => log("app", "preParsing"));
          const of = (name: string) => async () => log("route", name);
          app.post(
            "/",
            {
              onRequest: of("onRequest"),
              preParsing: async () => log("route", "preParsing"),
              preValidation: of("preValidation"),
              preHandler: of("preHandler"),
            },
            () => "done",
          );
        },
        steps: [
          { method: "POST", url: "/", payload: { a: 1 } },
          { method: "POST", url: "/", payload: { a: 1 } },
        ],
      },
      {
        title: `a limit at ${hook}, after a list of hooks of the route`,
        options: ({ tell }) => ({ max: 1, hook, onExceeding: tell("passes") }),
        routes: (app, { log }) => {
          const list = [async () => log("first"), async () => log("second")];
          app.get("/", { exposeHeadRoute: false, [hook]: list }, () => "hello");
        },
        steps: [2],
      },
    ],
  ),
  {
    title: "a key from the body, at preHandler",
    options: {
      max: 1,
      hook: "preHandler",
      keyGenerator: ({ body }) => (body as { user: string }).user,
    },
    routes: (app) => app.post("/", () => "done"),
    steps: ["a", "b", "a"].map((user) => ({
      method: "POST" as const,
      url: "/",
      payload: { user },
    })),
  },
  {
    title: "a request that a hook answers before it is counted",
    options: { max: 1, hook: "preHandler" },
    routes: (app) => {
      app.addHook(
        "onRequest",
        async ({ headers }, reply) => headers["x-stop"] && reply.code(401).send("stop"),
      );
      app.get("/", () => "hello");
    },
    steps: [{ url: "/", headers: { "x-stop": "1" } }, { url: "/", headers: { "x-stop": "1" } }, 2],
  },
  {
    title: "a body that is no JSON, which is counted before it is read",
    options: { max: 1 },
    routes: (app) => app.post("/", () => "done"),
    steps: [
      { method: "POST", url: "/", headers: { "content-type": "application/json" }, payload: "{" },
      { method: "POST", url: "/", payload: { fine: true } },
    ],
  },
  {
    title: "a refusal on a route with a schema of its answers",
    options: { max: 1 },
    routes: (app) =>
      app.get(
        "/",
        {
          schema: {
            response: { 429: { type: "object", properties: { message: { type: "string" } } } },
          },
        },
        () => "hello",
      ),
    steps: [2],
  },
];
