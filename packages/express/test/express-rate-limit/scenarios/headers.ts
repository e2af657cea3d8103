import type { Request, Response } from "express";
import type { Options } from "express-rate-limit";

import type { Scenario } from "../side.ts";
import { modernStore } from "../stores.ts";

const forms: readonly [string, Partial<Options>][] = [
  ["legacy headers alone", {}],
  ["no headers at all", { legacyHeaders: false }],
  ["draft 6 by true", { standardHeaders: true, legacyHeaders: false }],
  ["draft 6 by name", { standardHeaders: "draft-6", legacyHeaders: false }],
  ["draft 7", { standardHeaders: "draft-7", legacyHeaders: false }],
  ["draft 8", { standardHeaders: "draft-8", legacyHeaders: false }],
  ["draft 6 beside legacy", { standardHeaders: "draft-6" }],
  ["draft 7 beside legacy", { standardHeaders: "draft-7" }],
  ["draft 8 beside legacy", { standardHeaders: "draft-8" }],
  ["the old name of legacyHeaders, off", { headers: false }],
  ["the old name of legacyHeaders, on", { headers: true }],
  ["the old name against the new", { headers: false, legacyHeaders: true }],
];

const windowsMs = [1, 250, 1_500, 1_000, 45_000, 60_000, 90_000, 3_600_000, 5_400_000, 7_200_000];
const longWindowsMs = [86_400_000, 129_600_000, 172_800_000, 2_000_000_000];

/** Sends the head of the response. */
function begin<T>(res: Response, value: T): T {
  res.write("begun, ");
  return value;
}
const end = (_req: Request, res: Response): void => void res.end("ended");

/** What the headers say, in every form. */
export const headers: readonly Scenario[] = [
  ...forms.map(([name, options]): Scenario => ({
    title: `${name}, as a window passes`,
    options: () => ({ limit: 2, windowMs: 10_000, ...options }),
    asks: [{}, { after: 1_234 }, { after: 4_000 }, { after: 4_765 }, { after: 1 }],
  })),
  ...forms.slice(2, 6).map(([name, options]): Scenario => ({
    title: `${name}, from a store that tells no time`,
    options: (kit) => ({
      ...options,
      limit: 1,
      windowMs: 5_500,
      store: modernStore(kit, { hasResetTime: false }),
    }),
    asks: [{ times: 2 }, { after: 2_000 }],
  })),
  {
    title: "legacy headers from a store that tells no time",
    options: (kit) => ({ limit: 1, store: modernStore(kit, { hasResetTime: false }) }),
    asks: [{ times: 2 }],
  },
  ...[...windowsMs, ...longWindowsMs].map((windowMs): Scenario => ({
    title: `draft 8 names a window of ${windowMs} ms`,
    options: () => ({ limit: 7, windowMs, standardHeaders: "draft-8" }),
    asks: [{}],
  })),
  {
    title: "draft 8 with a name of its own",
    options: () => ({ standardHeaders: "draft-8", identifier: "burst" }),
    asks: [{ times: 2 }],
  },
  {
    title: "draft 8 with a name by the request",
    options: () => ({ standardHeaders: "draft-8", identifier: (req) => `for-${req.method}` }),
    asks: [{}, { method: "POST" }],
  },
  {
    title: "draft 8 with a promised name",
    options: () => ({ standardHeaders: "draft-8", identifier: async () => "later" }),
    asks: [{}],
  },
  {
    title: "draft 8 with a limit by the request",
    options: () => ({ standardHeaders: "draft-8", limit: (req) => (req.path === "/a" ? 9 : 4) }),
    asks: [{ path: "/a" }, { path: "/b" }],
  },
  {
    title: "draft 8 with the state under another name",
    options: () => ({ standardHeaders: "draft-8", requestPropertyName: "quota" }),
    asks: [{}],
  },
  {
    title: "draft 8 with a key of other letters",
    options: () => ({ standardHeaders: "draft-8", keyGenerator: () => "schlüssel-鍵" }),
    asks: [{}],
  },
  {
    title: "draft 8 with a key that is no string fails",
    options: () => ({ standardHeaders: "draft-8", keyGenerator: () => 7 as unknown as string }),
    asks: [{}],
  },
  {
    title: "a draft that nobody knows",
    options: () => ({ standardHeaders: "draft-99" as "draft-8" }),
    asks: [{ times: 6 }],
  },
  {
    title: "a draft that nobody knows, without legacy headers",
    options: () => ({ limit: 1, legacyHeaders: false, standardHeaders: "11" as "draft-8" }),
    asks: [{ times: 2 }],
  },
  {
    title: "Retry-After as given",
    options: () => ({ limit: 1, retryAfter: 17 }),
    asks: [{ times: 2 }],
  },
  {
    title: "Retry-After of zero",
    options: () => ({ limit: 1, retryAfter: 0 }),
    asks: [{ times: 2 }],
  },
  {
    title: "Retry-After by the request, at once and promised",
    options: () => ({
      limit: 0,
      retryAfter: (req) => (req.path === "/a" ? 3 : Promise.resolve(4)),
      validate: false,
    }),
    asks: [{ path: "/a" }, { path: "/b" }],
  },
  {
    title: "Retry-After is not sent where no headers are",
    options: ({ note }) => ({
      limit: 1,
      legacyHeaders: false,
      retryAfter: () => {
        note("asked");
        return 1;
      },
    }),
    asks: [{ times: 2 }],
  },
  {
    title: "Retry-After of something that is no number",
    options: () => ({ limit: 1, retryAfter: "soon" as unknown as number }),
    asks: [{ times: 2 }],
  },
  {
    title: "headers that were there before",
    app(app, { rateLimit }) {
      app.use((_req, res, next) => {
        res.setHeader("RateLimit", "mine");
        res.setHeader("X-RateLimit-Limit", "mine");
        next();
      });
      app.use(rateLimit({ standardHeaders: "draft-8" }));
    },
    asks: [{}],
  },
  {
    title: "a response whose head has left already",
    app(app, { rateLimit }) {
      app.use((_req, res, next) => {
        res.writeHead(200, { "x-early": "yes" });
        res.flushHeaders();
        next();
      });
      app.use(rateLimit({ standardHeaders: "draft-7" }));
      app.use((req, res) => void res.end(JSON.stringify(Object.keys(req).includes("rateLimit"))));
    },
    asks: [{}],
  },
  {
    title: "a response that begins while draft 8 is named",
    app(app, { rateLimit }) {
      const late: Partial<Options> = { identifier: (_req, res) => begin(res, "late") };
      app.use(rateLimit({ standardHeaders: "draft-8", ...late }), end);
    },
    asks: [{}],
  },
  {
    title: "a response that begins while its Retry-After is told",
    app(app, { rateLimit }) {
      const late: Partial<Options> = { retryAfter: (_req, res) => begin(res, 5) };
      app.use(rateLimit({ limit: 1, handler: end, ...late }), end);
    },
    asks: [{ times: 2 }],
  },
];
