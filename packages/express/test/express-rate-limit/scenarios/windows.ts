import type { Options } from "express-rate-limit";

import type { Ask, Scenario } from "../side.ts";

const key: Partial<Options> = { keyGenerator: (req) => req.get("x-key") ?? "none" };
const as = (name: string, more: Ask = {}): Ask => ({ ...more, headers: { "x-key": name } });

const untyped = (options: object): Partial<Options> => options;

/** What is counted, when, for whom. */
export const windows: readonly Scenario[] = [
  { title: "no options: five requests, then refusals", asks: [{ times: 7 }] },
  {
    title: "a limit of one",
    options: () => ({ limit: 1 }),
    asks: [{ times: 3 }],
  },
  {
    title: "a limit of zero refuses all, and warns once",
    options: () => ({ limit: 0 }),
    asks: [{ times: 3 }],
  },
  { title: "max is limit", options: () => ({ max: 2 }), asks: [{ times: 4 }] },
  {
    title: "limit wins over max",
    options: () => ({ max: 1, limit: 3 }),
    asks: [{ times: 4 }],
  },
  {
    title: "options that are undefined are as if not given",
    options: () => untyped({ limit: undefined, windowMs: undefined, message: undefined, max: 3 }),
    asks: [{ times: 5 }],
  },
  {
    title: "max that is undefined",
    options: () => untyped({ max: undefined }),
    asks: [{ times: 6 }],
  },
  {
    title: "a limit that is no whole number",
    options: () => ({ limit: 1.5 }),
    asks: [{ times: 3 }],
  },
  {
    title: "a limit below zero",
    options: () => ({ limit: -1 }),
    asks: [{ times: 2 }],
  },
  {
    title: "a limit written as a string",
    options: () => ({ limit: "2" as unknown as number }),
    asks: [{ times: 4 }],
  },
  {
    title: "a limit without an end",
    options: () => ({ limit: Infinity }),
    asks: [{ times: 3 }],
  },
  {
    title: "a limit that is no number refuses nobody",
    options: () => ({ limit: Number.NaN }),
    asks: [{ times: 3 }],
  },
  {
    title: "a limit that depends on the request",
    options: () => ({ limit: (req) => (req.get("x-tier") === "pro" ? 3 : 1), ...key }),
    asks: [
      { headers: { "x-key": "a", "x-tier": "pro" }, times: 4 },
      { headers: { "x-key": "b" }, times: 2 },
    ],
  },
  {
    title: "a limit that is promised",
    options: () => ({ limit: async () => 2 }),
    asks: [{ times: 3 }],
  },
  {
    title: "a limit that is promised to be zero",
    options: () => ({ limit: async () => 0 }),
    asks: [{ times: 2 }],
  },
  {
    title: "a window begins with the first request and ends a window later, to the millisecond",
    options: () => ({ limit: 2, windowMs: 10_000 }),
    asks: [{ times: 3 }, { after: 9_999 }, { after: 1, times: 3 }],
  },
  {
    title: "a window begins anew with the first request after its end",
    options: () => ({ limit: 1, windowMs: 1_000 }),
    asks: [{ times: 2 }, { after: 1_700, times: 2 }, { after: 999 }, { after: 1, times: 2 }],
  },
  {
    title: "each client has a window of its own",
    options: () => ({ limit: 1, windowMs: 1_000, ...key }),
    asks: [
      as("a"),
      as("b", { after: 600 }),
      as("a", { after: 399 }),
      as("a", { after: 1 }),
      as("b"),
    ],
  },
  {
    title: "a client that stays away for several windows",
    options: () => ({ limit: 1, windowMs: 1_000, ...key }),
    asks: [as("a", { times: 2 }), as("b", { after: 1_500 }), as("a", { after: 4_700, times: 2 })],
  },
  {
    title: "a client that comes every half window",
    options: () => ({ limit: 3, windowMs: 1_000 }),
    asks: [{}, { after: 500 }, { after: 500 }, { after: 500 }, { after: 500 }, { after: 500 }],
  },
  {
    title: "a window of a day",
    options: () => ({ limit: 1, windowMs: 86_400_000 }),
    asks: [{ times: 2 }, { after: 86_399_999 }, { after: 1 }],
  },
  {
    title: "a window shorter than a second",
    options: () => ({ limit: 1, windowMs: 250 }),
    asks: [{ times: 2 }, { after: 249 }, { after: 1, times: 2 }],
  },
  {
    title: "a window of a millisecond",
    options: () => ({ limit: 1, windowMs: 1 }),
    asks: [{ times: 2 }, { after: 1, times: 2 }],
  },
  {
    title: "a window that is no whole number of milliseconds",
    options: () => ({ limit: 1, windowMs: 1_000.5 }),
    asks: [{ times: 2 }, { after: 1_000 }, { after: 1 }],
  },
  {
    title: "a window written as a string is warned of",
    options: () => ({ limit: 2, windowMs: "1000" as unknown as number }),
    asks: [],
  },
  { title: "a window of nothing is warned of", options: () => ({ windowMs: 0.5 }), asks: [] },
  {
    title: "the client is told what is counted, under the name that is asked for",
    options: () => ({ requestPropertyName: "quota" }),
    asks: [{}],
  },
  {
    title: "the state has the number under its old name, which nobody lists",
    app(app, { rateLimit }) {
      app.use(rateLimit({ limit: 2 }), (req, res) => {
        const { rateLimit: state } = req as unknown as { rateLimit: { current: number } };
        const own = Object.getOwnPropertyDescriptor(state, "current");
        res.json([Object.keys(state), own, state.current]);
      });
    },
    asks: [{ times: 2 }],
  },
  {
    title: "a client is forgotten on request",
    app(app, { rateLimit }) {
      const limiter = rateLimit({ limit: 1, ...key });
      app.get("/forget", (_req, res) => {
        limiter.resetKey("a");
        res.end();
      });
      app.use(limiter);
    },
    asks: [as("a", { times: 2 }), as("b"), { path: "/forget" }, as("a", { times: 2 }), as("b")],
  },
  {
    title: "what is known of a client is told on request",
    app(app, { rateLimit }) {
      const limiter = rateLimit({ limit: 1, windowMs: 1_000, ...key });
      app.get("/tell", async (_req, res) => {
        res.json([(await limiter.getKey("a")) ?? null, (await limiter.getKey("z")) ?? null]);
      });
      app.use(limiter);
    },
    asks: [
      { path: "/tell" },
      as("a", { times: 3 }),
      { path: "/tell" },
      { path: "/tell", after: 999 },
      { path: "/tell", after: 1 },
    ],
  },
  {
    title: "methods count alike",
    options: () => ({ limit: 3 }),
    asks: ["GET", "HEAD", "POST", "OPTIONS", "DELETE"].map((method) => ({ method })),
  },
  {
    title: "an empty key is a client too",
    options: () => ({ limit: 1, keyGenerator: () => "" }),
    asks: [{ times: 2 }],
  },
  {
    title: "keys that are names of an object's own things",
    options: () => ({ limit: 1, ...key }),
    asks: [as("__proto__", { times: 2 }), as("constructor", { times: 2 }), as("toString")],
  },
  {
    title: "a key of many characters",
    options: () => ({ limit: 1, ...key }),
    asks: [as("k".repeat(2_000), { times: 2 }), as("k".repeat(1_999))],
  },
];
