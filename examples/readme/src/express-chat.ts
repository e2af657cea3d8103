import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { concurrency, slidingWindow } from "@sluice/core";
import { estimate } from "@sluice/core/llm";
import { rateLimit } from "@sluice/express";
import express from "express";

const per = ["tenant"];
const app = express().use(express.json({ limit: "10mb" }));
app.use(
  rateLimit({
    limits: [
      slidingWindow({ name: "rpm", limit: 60, window: "1m", per }),
      slidingWindow({ name: "tpm", limit: 90_000, window: "1m", unit: "tokens", per }),
      concurrency({ name: "inflight", limit: 8, expiresAfter: "5m", per }),
    ],
    subject: (req) => ({ tenant: req.get("x-tenant") }), // in production: whom your authentication found
    cost: (req) => estimate.openai(req.body), // reserves prompt and answer
    meter: "openai", // charges what was streamed
  }),
);
app.post("/v1/chat/completions", async (req, res) => {
  const answer = await fetch(`${process.env["MODEL_URL"]}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(req.body),
    signal: req.rateLimit?.signal ?? null, // the model stops when the client leaves
  });
  res.status(answer.status).type(answer.headers.get("content-type") ?? "text/plain");
  await pipeline(Readable.from(answer.body ?? []), res).catch(() => res.destroy());
});
app.listen(process.env["PORT"] ?? 3000);
