import { serve } from "@hono/node-server";
import { rateLimit } from "@sluice/hono";
import { Hono } from "hono";

const app = new Hono();
app.use(rateLimit()); // 60 requests a minute for each client address
app.get("/", (c) => c.text("hello"));
serve({ fetch: app.fetch, port: Number(process.env["PORT"] ?? 3000) });
