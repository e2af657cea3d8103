import { once } from "node:events";
import { createServer } from "node:http";

import { slidingWindow } from "@sluice/core";
import { rateLimit } from "@sluice/express";
import express from "express";

import { plenty } from "../limiting.ts";
import { listening } from "../listening.ts";

/** Passes what the model on port `upstream` streams through Express, behind a limit on tokens, metered or not. Its port. */
export async function serveGateway(upstream: number, isMetered: boolean): Promise<number> {
  const app = express();
  const tpm = slidingWindow({ name: "tpm", limit: plenty, window: "1m", unit: "tokens", per: [] });
  app.use(
    rateLimit({
      limits: [tpm],
      // As a request reserves that says `max_tokens: 4096`.
      cost: () => ({ tokens: 4_106, inputTokens: 10 }),
      meter: isMetered && "openai",
    }),
  );
  app.get("/", async (_req, res) => {
    const answer = await fetch(`http://127.0.0.1:${upstream}/`);
    res.writeHead(200, { "content-type": "text/event-stream" });
    for await (const chunk of answer.body ?? []) {
      if (!res.write(chunk)) await once(res, "drain");
    }
    res.end();
  });
  return listening(createServer(app));
}
