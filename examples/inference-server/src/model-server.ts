import { setTimeout as sleep } from "node:timers/promises";

import express from "express";

import { answerErrors } from "./answer-errors.ts";
import { bodyLimit, mostGenerated, promptTokens, readChatRequest } from "./chat-request.ts";
import { runAsChild } from "./child.ts";
import { listen } from "./listen.ts";
import { pace } from "./plan.ts";

/** Says how many tokens the stand-in is to generate, as the trace has it. Real servers ignore it. */
export const tokensHeader = "x-stand-in-tokens";

/** Four characters, which counts as one token here. */
const token = "tok ";
/** Tokens are sent together when they come faster than this. */
const shortestTickMs = 5;

/**
 * A stand-in for a model server: OpenAI chat completions, as JSON or as server-sent events, at the pace of a real one
 * divided by `speed`. It generates one answer of as many tokens as `x-stand-in-tokens` says, or 64, and at most as the request allows.
 */
export function modelServer(speed: number): express.Express {
  const app = express().disable("x-powered-by");
  let answers = 0;
  app.use(express.json({ limit: bodyLimit }));
  app.post("/v1/chat/completions", async (req, res) => {
    const request = readChatRequest(req.body);
    if (typeof request === "string") {
      res.status(400).json({ error: { message: request, type: "invalid_request_error" } });
      return;
    }
    const { model = "stand-in" } = request;
    const most = mostGenerated(request);
    const wanted = Math.floor(Number(req.get(tokensHeader) ?? 64)) || 0;
    const count = Math.max(0, Math.min(wanted, most));
    const prompt = promptTokens(request);
    const usage = { prompt_tokens: prompt, completion_tokens: count, total_tokens: prompt + count };
    const finish = wanted > most ? "length" : "stop";
    const answer = {
      id: `chatcmpl-${++answers}`,
      created: Math.floor(Date.now() / 1000),
      model,
    };
    const gone = new AbortController();
    res.once("close", () => gone.abort());
    const pieces = generate(count, prompt, speed, gone.signal);
    try {
      if (!request.stream) {
        let content = "";
        for await (const piece of pieces) content += piece;
        const message = { role: "assistant", content };
        const choices = [{ index: 0, message, finish_reason: finish }];
        res.json({ ...answer, object: "chat.completion", choices, usage });
        return;
      }
      const send = (data: object): void => {
        const event = { ...answer, object: "chat.completion.chunk", ...data };
        res.write(`data: ${JSON.stringify(event)}\n\n`);
      };
      res.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      for await (const content of pieces) {
        send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
      }
      send({ choices: [{ index: 0, delta: {}, finish_reason: finish }] });
      if (request.stream_options?.include_usage) send({ choices: [], usage });
      res.end("data: [DONE]\n\n");
    } catch (error) {
      // Whoever asked has left: there is nobody to answer.
      if (!gone.signal.aborted) throw error;
    }
  });
  app.use(answerErrors);
  return app;
}

/** `count` tokens, in pieces, as they would be generated. */
async function* generate(
  count: number,
  prompt: number,
  speed: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const start = performance.now();
  const firstMs = (pace.firstTokenMs + prompt * pace.perContextTokenMs) / speed;
  const perTokenMs = pace.perTokenMs / speed;
  let made = 0;
  while (made < count) {
    const dueMs = firstMs + made * perTokenMs - (performance.now() - start);
    await sleep(made === 0 ? dueMs : Math.max(shortestTickMs, dueMs), undefined, { signal });
    const ready = Math.floor((performance.now() - start - firstMs) / perTokenMs) + 1;
    const next = Math.min(count, Math.max(made + 1, ready));
    yield token.repeat(next - made);
    made = next;
  }
}

/** What the child process is told. */
export interface ModelSettings {
  readonly speed: number;
}

if (import.meta.main) {
  runAsChild<ModelSettings>(async ({ speed }) => {
    const { server, port } = await listen(modelServer(speed));
    return {
      port,
      async stop() {
        server.close();
        server.closeAllConnections();
      },
    };
  });
}
