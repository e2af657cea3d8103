import type { Scenario } from "../side.ts";

const twice = [{ times: 2 }];

const byName = ([one]: readonly string[], [other]: readonly string[]): number =>
  (one ?? "").localeCompare(other ?? "");

/** How a refused request is answered. */
export const refusals: readonly Scenario[] = [
  { title: "a message", options: () => ({ limit: 1, message: "slow down" }), asks: twice },
  {
    title: "a message that is an object",
    options: () => ({ limit: 1, message: { error: "slow down", code: 42 } }),
    asks: twice,
  },
  {
    title: "a message of HTML",
    options: () => ({ limit: 1, message: "<h1>slow down</h1>" }),
    asks: twice,
  },
  {
    title: "a message of bytes",
    options: () => ({ limit: 1, message: Buffer.from([0, 255, 128]) }),
    asks: twice,
  },
  { title: "an empty message", options: () => ({ limit: 1, message: "" }), asks: twice },
  { title: "a message that is null", options: () => ({ limit: 1, message: null }), asks: twice },
  {
    title: "a message that is a list",
    options: () => ({ limit: 1, message: ["slow", "down"] }),
    asks: twice,
  },
  {
    title: "a message that is true",
    options: () => ({ limit: 1, message: true }),
    asks: twice,
  },
  {
    title: "a message by the request",
    options: () => ({
      limit: 1,
      message: (req: { path: string }) => `no more of ${req.path}`,
    }),
    asks: [{ path: "/a" }, { path: "/b" }],
  },
  {
    title: "a promised message",
    options: () => ({ limit: 1, message: async () => ({ later: true }) }),
    asks: twice,
  },
  {
    title: "a message whose maker answers itself",
    options: () => ({
      limit: 1,
      message: (_req: unknown, res: { end(text: string): void }) => res.end("mine"),
    }),
    asks: twice,
  },
  { title: "another status", options: () => ({ limit: 1, statusCode: 503 }), asks: twice },
  {
    title: "a status of success",
    options: () => ({ limit: 1, statusCode: 200, message: "still fine" }),
    asks: twice,
  },
  {
    title: "HEAD is refused without a body",
    options: () => ({ limit: 1 }),
    asks: [{ times: 2, method: "HEAD" }],
  },
  {
    title: "a handler that answers",
    options: () => ({ limit: 1, handler: (_req, res) => void res.status(420).json({ calm: 1 }) }),
    asks: twice,
  },
  {
    title: "a handler that lets the request pass",
    options: () => ({ limit: 1, handler: (_req, _res, next) => next() }),
    asks: [{ times: 3 }],
  },
  {
    title: "a handler that passes an error on",
    options: () => ({ limit: 1, handler: (_req, _res, next) => next(new Error("over")) }),
    asks: twice,
  },
  {
    title: "a handler that answers later",
    options: () => ({
      limit: 1,
      handler: async (_req, res) => {
        await new Promise((resolve) => void setImmediate(resolve));
        res.status(429).end("at last");
      },
    }),
    asks: twice,
  },
  {
    title: "a handler is told the options that are in force",
    options: () => ({
      limit: 1,
      statusCode: 430,
      handler: (_req, res, _next, used) => {
        const known = Object.entries(used).map(([name, value]) => [name, typeof value]);
        const { windowMs, limit, message, statusCode, legacyHeaders, standardHeaders } = used;
        const { requestPropertyName, ipv6Subnet, passOnStoreError } = used;
        const told = { windowMs, limit, message, statusCode, legacyHeaders, standardHeaders };
        const more = { requestPropertyName, ipv6Subnet, passOnStoreError };
        res.json([Object.fromEntries(known.toSorted(byName)), told, more]);
      },
    }),
    asks: twice,
  },
  {
    title: "a handler is told the first time by used, as if there were onLimitReached",
    options: ({ note }) => ({
      limit: 2,
      handler: (req, res) => {
        const { rateLimit } = req as unknown as { rateLimit: { used: number; limit: number } };
        if (rateLimit.used === rateLimit.limit + 1) note("limit reached");
        res.sendStatus(429);
      },
    }),
    asks: [{ times: 5 }],
  },
  {
    title: "a handler sees the state",
    options: () => ({
      limit: 1,
      handler: (req, res) => void res.json((req as unknown as { rateLimit: object }).rateLimit),
    }),
    asks: [{ times: 4 }],
  },
  {
    title: "standard headers draft 6 as true are told as draft-6",
    options: () => ({
      limit: 0,
      validate: false,
      standardHeaders: true,
      handler: (_req, res, _next, used) => void res.json(used.standardHeaders),
    }),
    asks: [{}],
  },
];
