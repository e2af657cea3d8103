import type { Options, Scenario } from "../side.ts";

const twice = [{ times: 2 }];
const untyped = (options: object): Options => options;

/** How a refused request is answered. */
export const refusals: readonly Scenario[] = [
  { title: "a message", options: () => ({ limit: 1, message: "slow down" }), asks: twice },
  {
    title: "a message that is an object",
    options: () => ({ limit: 1, message: { error: "slow down", code: 42 } }),
    asks: twice,
  },
  {
    title: "a message that is an object within an object",
    options: () => ({ limit: 1, message: { error: { type: "rate_limit", of: ["a", 1, null] } } }),
    asks: twice,
  },
  { title: "an empty message", options: () => ({ limit: 1, message: "" }), asks: twice },
  {
    title: "a message of other letters",
    options: () => ({ limit: 1, message: "大" }),
    asks: twice,
  },
  {
    title: "a message that is a list",
    options: () => untyped({ limit: 1, message: [1] }),
    asks: twice,
  },
  {
    title: "a message that is null",
    options: () => untyped({ limit: 1, message: null }),
    asks: twice,
  },
  {
    title: "a message that is a number",
    options: () => untyped({ limit: 1, message: 7 }),
    asks: twice,
  },
  {
    title: "a message by the request",
    options: () => ({ limit: 1, message: (c) => `no more of ${c.req.path}` }),
    asks: [{ path: "/a" }, { path: "/b" }],
  },
  {
    title: "a promised message",
    options: () => ({ limit: 1, message: async () => ({ later: true }) }),
    asks: twice,
  },
  { title: "another status", options: () => ({ limit: 1, statusCode: 503 }), asks: twice },
  {
    title: "a status of success",
    options: () => ({ limit: 1, statusCode: 200, message: "still fine" }),
    asks: twice,
  },
  {
    title: "a status without a body",
    options: () => ({ limit: 1, statusCode: 418, message: {} }),
    asks: twice,
  },
  {
    title: "HEAD is refused without a body",
    options: () => ({ limit: 1 }),
    asks: [{ times: 2, method: "HEAD" }],
  },
  {
    title: "POST is refused like any other",
    options: () => ({ limit: 1 }),
    asks: [{ times: 2, method: "POST" }],
  },
  {
    title: "a handler that answers",
    options: () => untyped({ limit: 1, handler: (c: { text: Function }) => c.text("calm", 420) }),
    asks: twice,
  },
  {
    title: "a handler that promises a response of the web",
    options: () => ({
      limit: 1,
      handler: async () => new Response("later", { status: 420, headers: { "x-own": "1" } }),
    }),
    asks: twice,
  },
  {
    title: "a handler that lets the request pass",
    options: () => ({ limit: 1, handler: async (_c, next) => next() }),
    asks: [{ times: 3 }],
  },
  {
    title: "a handler that answers nothing",
    options: () => ({ limit: 1, handler: () => {} }),
    asks: twice,
  },
  {
    title: "a handler that answers with JSON and a header",
    options: () => ({
      limit: 1,
      handler(c) {
        c.header("X-Refused", "yes");
        return c.json({ state: c.get("rateLimit") }, 429);
      },
    }),
    asks: [{ times: 3 }],
  },
  {
    title: "a handler is told the options that are in force",
    options: () => ({
      limit: 1,
      statusCode: 451,
      handler: (c, _next, used) => {
        const kinds = Object.entries(used).map(([name, value]) => [name, typeof value]);
        return c.json([Object.fromEntries(kinds), used.statusCode, used.message]);
      },
    }),
    asks: twice,
  },
  {
    title: "a handler is told the first time by used",
    options: ({ note }) => ({
      limit: 2,
      handler(c) {
        const { used, limit } = c.get("rateLimit") as { used: number; limit: number };
        if (used === limit + 1) note("limit reached");
        return c.text("no", 429);
      },
    }),
    asks: [{ times: 5 }],
  },
];
