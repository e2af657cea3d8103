import { serve } from "@hono/node-server";
import { concurrency, slidingWindow } from "@sluice/core";
import { estimate } from "@sluice/core/llm";
import { rateLimit } from "@sluice/hono";
import { Hono } from "hono";

const per = ["tenant"];
const app = new Hono<{ Variables: { body: unknown } }>();
app.use(async (c, next) => {
  c.set("body", await c.req.json());
  await next();
});
app.use(
  rateLimit({
    limits: [
      slidingWindow({ name: "rpm", limit: 60, window: "1m", per }),
      slidingWindow({ name: "tpm", limit: 90_000, window: "1m", unit: "tokens", per }),
      concurrency({ name: "inflight", limit: 8, expiresAfter: "5m", per }),
    ],
    subject: (c) => ({ tenant: c.req.header("x-tenant") }),
    cost: (c) => estimate.openai(c.get("body")), // reserves prompt and answer
    meter: "openai", // charges what was streamed
  }),
);
app.post("/v1/chat/completions", async (c) => {
  const answer = await fetch(`${process.env["MODEL_URL"]}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(c.get("body")),
    signal: c.get("rateLimit")?.signal ?? null, // the model stops when the client leaves
  });
  const type = answer.headers.get("content-type") ?? "text/plain";
  return new Response(answer.body, { status: answer.status, headers: { "content-type": type } });
});
serve({ fetch: app.fetch, port: Number(process.env["PORT"] ?? 3000) });
