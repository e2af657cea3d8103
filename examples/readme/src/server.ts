import { concurrency, slidingWindow } from "@sluice/core";
import { rateLimit } from "@sluice/express";
import express from "express";

const per = ["tenant"];
const protect = rateLimit({
  limits: [
    slidingWindow({ name: "rpm", limit: 60, window: "1m", per }),
    slidingWindow({ name: "tpm", limit: 90_000, window: "1m", unit: "tokens", per }),
    concurrency({ name: "inflight", limit: 8, per }),
  ],
  subject: (req) => ({ tenant: req.get("x-tenant") }), // in production: whom your authentication found
  cost: (req) => ({ tokens: req.body?.max_tokens ?? 1024 }), // reserved now, settled below
});

const app = express().use(express.json());
app.post("/v1/chat", protect, (req, res) => {
  const answer = { text: "hello", tokens: 12 }; // what your model says
  void req.rateLimit?.lease?.settle({ tokens: answer.tokens });
  res.json(answer);
});
app.listen(process.env["PORT"] ?? 3000);
