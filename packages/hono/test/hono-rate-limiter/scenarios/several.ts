import { Hono } from "hono";

import type { Environment, Scenario } from "../side.ts";
import { otherStore } from "../stores.ts";

const all = { keyGenerator: () => "all" };

/** Several limiters, and where they stand. */
export const several: readonly Scenario[] = [
  ...(["draft-6", "draft-7", false] as const).map((standardHeaders): Scenario => ({
    title: `two limiters in a row, told by ${standardHeaders || "nothing"}`,
    app(app, { rateLimiter }) {
      app.use(rateLimiter({ limit: 3, standardHeaders, ...all }));
      const inner = { limit: 2, windowMs: 1_000, requestPropertyName: "burst" };
      app.use(rateLimiter({ ...inner, standardHeaders, ...all }));
    },
    asks: [{ times: 3 }, { after: 1_000, times: 2 }],
  })),
  {
    title: "a limiter for a path",
    app(app, { rateLimiter }) {
      app.use("/api/*", rateLimiter({ limit: 1, ...all }));
    },
    asks: [{ path: "/api/a" }, { path: "/api/b" }, { path: "/other" }],
  },
  {
    title: "a limiter for a route",
    app(app, { rateLimiter }) {
      app.post("/login", rateLimiter({ limit: 1, ...all }), (c) => c.text("in"));
    },
    asks: [{ path: "/login", method: "POST", times: 2 }, { path: "/login" }],
  },
  {
    title: "a limiter in an app within the app",
    app(app, { rateLimiter }) {
      const inner = new Hono<Environment>();
      inner.use(rateLimiter({ limit: 1, ...all }));
      inner.get("/a", (c) => c.text("a"));
      app.route("/in", inner);
    },
    asks: [{ path: "/in/a", times: 2 }, { path: "/a" }],
  },
  {
    title: "one limiter for two paths",
    app(app, { rateLimiter }) {
      const limiter = rateLimiter({ limit: 2, ...all });
      app.use("/a", limiter);
      app.use("/b", limiter);
    },
    asks: [{ path: "/a" }, { path: "/b" }, { path: "/a" }, { path: "/b" }],
  },
  {
    title: "one limiter twice in a request counts twice",
    app(app, { rateLimiter }) {
      const limiter = rateLimiter({ limit: 3, ...all });
      app.use(limiter, limiter);
    },
    asks: [{ times: 3 }],
  },
  {
    title: "two limiters on one store",
    app(app, kit) {
      const store = otherStore(kit);
      app.use(kit.rateLimiter({ limit: 3, store, ...all }));
      app.use(kit.rateLimiter({ limit: 3, store, ...all }));
    },
    asks: [{ times: 3 }],
  },
  {
    title: "two limiters on one memory store",
    app(app, { rateLimiter, MemoryStore }) {
      const store = new MemoryStore();
      app.use("/a", rateLimiter({ limit: 2, store, ...all }));
      app.use("/b", rateLimiter({ limit: 2, store, ...all }));
    },
    asks: [{ path: "/a" }, { path: "/b", times: 2 }],
  },
  {
    title: "the second of two refuses, and the first has counted",
    app(app, { rateLimiter }) {
      app.use(rateLimiter({ limit: 4, ...all }));
      app.use(rateLimiter({ limit: 1, requestPropertyName: "inner", ...all }));
    },
    asks: [{ times: 6 }],
  },
  {
    title: "two limiters of which one skips failures and one successes",
    app(app, { rateLimiter }) {
      app.use(rateLimiter({ limit: 2, skipFailedRequests: true, ...all }));
      app.use(rateLimiter({ limit: 2, skipSuccessfulRequests: true, ...all }));
    },
    asks: [{}, { path: "/fail", times: 3 }, { times: 2 }],
  },
  {
    title: "a limiter behind another middleware that changes the response",
    app(app, { rateLimiter }) {
      app.use(async (c, next) => {
        await next();
        c.res.headers.set("x-after", String(c.res.status));
      });
      app.use(rateLimiter({ limit: 1, ...all }));
    },
    asks: [{ times: 2 }],
  },
  {
    title: "a limiter that is made by each request",
    app(app, { rateLimiter }) {
      app.use(async (c, next) => rateLimiter({ limit: 1, ...all })(c, next));
    },
    asks: [{ times: 2 }],
  },
  {
    title: "a limiter that is made by each request, with one memory store",
    app(app, { rateLimiter, MemoryStore }) {
      const store = new MemoryStore();
      app.use(async (c, next) => rateLimiter({ limit: 1, store, ...all })(c, next));
    },
    asks: [{ times: 3 }],
  },
];
