import { concurrency, slidingWindow } from "@sluice/core";
import { estimate } from "@sluice/core/llm";
import { rateLimit } from "@sluice/fastify";
import fastify from "fastify";

const per = ["tenant"];
const app = fastify();
await app.register(rateLimit, {
  limits: [
    slidingWindow({ name: "rpm", limit: 60, window: "1m", per }),
    slidingWindow({ name: "tpm", limit: 90_000, window: "1m", unit: "tokens", per }),
    concurrency({ name: "inflight", limit: 8, expiresAfter: "5m", per }),
  ],
  subject: (request) => ({ tenant: request.headers["x-tenant"]?.toString() }),
  cost: (request) => estimate.openai(request.body), // reserves prompt and answer
  meter: "openai", // charges what was streamed
});
app.post("/v1/chat/completions", async (request, reply) => {
  const answer = await fetch(`${process.env["MODEL_URL"]}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request.body),
    signal: request.rateLimit?.signal ?? null, // the model stops when the client leaves
  });
  reply.code(answer.status).type(answer.headers.get("content-type") ?? "text/plain");
  return reply.send(answer.body);
});
await app.listen({ port: Number(process.env["PORT"] ?? 3000) });
