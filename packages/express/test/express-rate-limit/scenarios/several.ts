import type { Options } from "express-rate-limit";

import type { Scenario } from "../side.ts";
import { modernStore } from "../stores.ts";

const minute: Partial<Options> = { limit: 3, windowMs: 60_000 };
const second: Partial<Options> = { limit: 2, windowMs: 1_000 };

/** Several limiters, and where they stand. */
export const several: readonly Scenario[] = [
  ...(["draft-6", "draft-7", "draft-8", false] as const).map((standardHeaders): Scenario => ({
    title: `two limiters in a row, told by ${standardHeaders || "legacy headers"}`,
    app(app, { rateLimit, logger }) {
      const common = { logger, standardHeaders, legacyHeaders: standardHeaders === false };
      app.use(rateLimit({ ...minute, ...common }));
      app.use(rateLimit({ ...second, ...common, requestPropertyName: "burst" }));
    },
    asks: [{ times: 3 }, { after: 1_000, times: 2 }],
  })),
  {
    title: "a limiter for a path",
    app(app, { rateLimit }) {
      app.use("/api/", rateLimit({ limit: 1 }));
    },
    asks: [{ path: "/api/a" }, { path: "/api/b" }, { path: "/other" }],
  },
  {
    title: "a limiter for a route",
    app(app, { rateLimit }) {
      app.post("/login", rateLimit({ limit: 1 }), (_req, res) => void res.send("in"));
    },
    asks: [{ path: "/login", method: "POST", times: 2 }, { path: "/login" }],
  },
  {
    title: "a limiter in a router",
    app(app, { rateLimit, express }) {
      const router = express.Router();
      router.use(rateLimit({ limit: 1 }));
      router.get("/a", (_req, res) => void res.send("a"));
      app.use("/in", router);
    },
    asks: [{ path: "/in/a", times: 2 }, { path: "/a" }],
  },
  {
    title: "one limiter for two paths",
    app(app, { rateLimit, logger }) {
      const limiter = rateLimit({ limit: 2, logger });
      app.use("/a", limiter);
      app.use("/b", limiter);
    },
    asks: [{ path: "/a" }, { path: "/b" }, { path: "/a" }, { path: "/b" }],
  },
  {
    title: "one limiter twice in a request counts twice, and says so",
    app(app, { rateLimit, logger }) {
      const limiter = rateLimit({ limit: 3, logger });
      app.use(limiter, limiter);
    },
    asks: [{ times: 3 }],
  },
  {
    title: "two memory stores count the same key once each",
    app(app, { rateLimit, logger }) {
      app.use(rateLimit({ limit: 3, logger }), rateLimit({ limit: 3, logger }));
    },
    asks: [{ times: 2 }],
  },
  {
    title: "two limiters on one store",
    app(app, kit) {
      const { rateLimit, logger } = kit;
      const store = modernStore(kit);
      app.use(rateLimit({ limit: 3, store, logger }), rateLimit({ limit: 3, store, logger }));
    },
    asks: [{ times: 3 }],
  },
  {
    title: "two limiters on one memory store",
    app(app, { rateLimit, MemoryStore, logger }) {
      const store = new MemoryStore();
      app.use(rateLimit({ limit: 3, store, logger }), rateLimit({ limit: 3, store, logger }));
    },
    asks: [{ times: 3 }],
  },
  {
    title: "two limiters on one memory store, of which the second has a longer window",
    app(app, { rateLimit, MemoryStore, logger }) {
      const store = new MemoryStore();
      app.use("/a", rateLimit({ limit: 2, store, logger, windowMs: 1_000 }));
      app.use("/b", rateLimit({ limit: 2, store, logger, windowMs: 3_000 }));
    },
    asks: [
      { path: "/a" },
      { path: "/b", times: 2 },
      { path: "/a", after: 1_500 },
      { path: "/a", after: 1_500 },
    ],
  },
  {
    title: "two limiters on one store, unchecked",
    app(app, kit) {
      const { rateLimit, logger } = kit;
      const common = { limit: 3, logger, store: modernStore(kit), validate: false } as const;
      app.use(rateLimit(common), rateLimit(common));
    },
    asks: [{ times: 3 }],
  },
  {
    title: "two stores of a kind, each with its prefix",
    app(app, kit) {
      const { rateLimit, logger } = kit;
      for (const prefix of ["a:", "b:"]) {
        app.use(rateLimit({ logger, store: modernStore(kit, { prefix }) }));
      }
    },
    asks: [{ times: 2 }],
  },
  {
    title: "two stores of a kind with one prefix",
    app(app, kit) {
      const { rateLimit, logger } = kit;
      for (const prefix of ["a:", "a:"]) {
        app.use(rateLimit({ logger, store: modernStore(kit, { prefix }) }));
      }
    },
    asks: [{ times: 2 }],
  },
  {
    title: "two stores of a kind with keys of their own",
    app(app, kit) {
      const { rateLimit, logger } = kit;
      for (const limit of [1, 2]) {
        app.use(rateLimit({ limit, logger, store: modernStore(kit, { localKeys: true }) }));
      }
    },
    asks: [{ times: 2 }],
  },
  {
    title: "the second of two refuses, and the first has counted",
    app(app, { rateLimit, logger }) {
      app.use(rateLimit({ limit: 4, logger }));
      app.use(rateLimit({ limit: 1, logger, requestPropertyName: "inner" }));
    },
    asks: [{ times: 6 }],
  },
  {
    title: "two limiters of which one skips failures and one successes",
    app(app, { rateLimit, logger }) {
      app.use(rateLimit({ limit: 2, logger, skipFailedRequests: true }));
      app.use(rateLimit({ limit: 2, logger, skipSuccessfulRequests: true }));
    },
    asks: [{}, { path: "/fail", times: 3 }, { times: 2 }],
  },
  {
    title: "a limiter that is made without options at all",
    app(app, { rateLimit }) {
      app.use(rateLimit());
    },
    asks: [{ times: 6 }],
  },
];
