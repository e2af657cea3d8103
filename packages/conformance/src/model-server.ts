import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

import { anthropicEvents, anthropicMessage } from "./wire/anthropic.ts";
import { openAiChunks, openAiCompletion } from "./wire/openai.ts";

/** What a model server was asked and did, by the `x-call` header of the request. */
export interface ModelCall {
  /** Tokens sent, of one chunk each. */
  produced: number;
  /** When its connection ended, by `performance.now()`; `undefined` while it is open. */
  closedAtMs: number | undefined;
  readonly askedWith: Asked;
}

/** What the loopback model looks at in a request. */
interface Asked {
  readonly model?: string;
  /** How many tokens it produces. Default: 20. */
  readonly max_tokens?: number;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

/** A model that answers over the wire as OpenAI's chat completions and Anthropic's messages do. */
export interface ModelServer {
  readonly url: string;
  readonly calls: ReadonlyMap<string, ModelCall>;
  close(): Promise<void>;
}

/** Starts a model on a free port; every token comes `paceMs` after the one before (0: as fast as they are taken). */
export async function startModelServer(paceMs = 0): Promise<ModelServer> {
  const calls = new Map<string, ModelCall>();
  const server = createServer((request, response) => {
    // A connection that broke off is what the tests look at, not an error.
    answer(request, response, calls, paceMs).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  calls: Map<string, ModelCall>,
  paceMs: number,
): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const asked: Asked = JSON.parse(text);
  const call: ModelCall = { produced: 0, closedAtMs: undefined, askedWith: asked };
  calls.set(String(request.headers["x-call"] ?? calls.size), call);
  response.once("close", () => (call.closedAtMs = performance.now()));
  const isAnthropic = request.url?.endsWith("/messages") ?? false;
  const tokens = asked.max_tokens ?? 20;
  if (asked.stream !== true) {
    call.produced = tokens;
    const body = isAnthropic ? anthropicMessage(tokens) : openAiCompletion(tokens);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const withUsage = asked.stream_options?.include_usage === true;
  const events = isAnthropic ? anthropicEvents(tokens) : openAiChunks(tokens, withUsage);
  for (const { bytes, isToken } of events) {
    if (isToken && paceMs > 0) await wait(paceMs);
    if (response.destroyed) return;
    if (isToken) call.produced++;
    if (!response.write(bytes)) await once(response, "drain");
  }
  response.end();
}
