import { serve } from "@hono/node-server";
import { rateLimit } from "@sluice/hono";
import { Hono } from "hono";
import { rateLimiter as peerLimit } from "hono-rate-limiter";

import { keyHeader, type Limiting, limitsOf, plenty } from "../limiting.ts";

/** A Hono app on Node that answers a few bytes, behind `limiting`; its port. */
export async function serveHono(limiting: Limiting): Promise<number> {
  const app = new Hono();
  if (limiting === "peer") {
    app.use(
      peerLimit({
        windowMs: 60_000,
        limit: plenty,
        standardHeaders: "draft-7",
        keyGenerator: (c) => c.req.header(keyHeader) ?? "",
      }),
    );
  } else if (limiting !== "none") {
    app.use(
      rateLimit({ limits: limitsOf(limiting), subject: (c) => ({ key: c.req.header(keyHeader) }) }),
    );
  }
  app.get("/", (c) => c.text("hello"));
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(port));
  });
}
