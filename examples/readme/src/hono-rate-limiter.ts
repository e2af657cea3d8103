import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { rateLimiter } from "@sluice/hono/hono-rate-limiter"; // was "hono-rate-limiter"
import { Hono } from "hono";

const app = new Hono();
app.use(
  rateLimiter({
    windowMs: 60_000,
    limit: 100,
    keyGenerator: (c) => getConnInfo(c).remote.address ?? "",
  }),
);
app.get("/", (c) => c.text("hello"));
serve({ fetch: app.fetch, port: Number(process.env["PORT"] ?? 3000) });
