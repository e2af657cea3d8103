import { once } from "node:events";

import type { Lease, MemoryStore } from "@sluice/core";
import { createParser } from "eventsource-parser";
import type { Response } from "express";

import { type ChatRequest, promptTokens, tokensIn } from "./chat-request.ts";
import { reasonOf } from "./reason.ts";

/** The part of a model's answer, whole or in pieces, that is read here. */
interface Completion {
  readonly choices?: readonly { readonly delta?: { readonly content?: string } }[];
  readonly usage?: { readonly total_tokens?: number } | null;
}

/** Is told what a request has used so far, and what it used in all; times are the store's. */
export interface Meter {
  used(tokens: number, atMs: number): void;
  ended(tokens: number, atMs: number): void;
}

/**
 * Sends a chat completion to `url` and its answer back, byte by byte as it comes, and meters it: the prompt and what was
 * streamed as it goes, the server's own `usage` in the end. When the client leaves, so do we. The lease is of a store in
 * memory, which answers at once.
 */
export async function forward(
  request: ChatRequest,
  res: Response,
  { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  lease: Lease<MemoryStore>,
  meter: Meter,
): Promise<void> {
  const gone = new AbortController();
  let used = 0;
  let hasEnded = false;

  function extend(tokens: number): void {
    used += tokens;
    meter.used(used, lease.extend({ tokens }).atMs);
  }
  function end(tokens: number): void {
    if (hasEnded) return;
    hasEnded = true;
    meter.ended(tokens, lease.settle({ tokens }).atMs);
  }
  // Before the limiter's own listener, which charges the estimate where nothing was reported yet.
  res.prependOnceListener("close", () => {
    gone.abort();
    end(used);
  });

  try {
    // Streams tell their usage only when asked.
    const options = request.stream ? { stream_options: { include_usage: true } } : {};
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ ...request, ...options }),
      signal: gone.signal,
    });
    // An answer that is none, as a 400 or a 503, has used nothing.
    if (answer.ok) extend(promptTokens(request));
    const type = answer.headers.get("content-type") ?? "application/json";
    res.status(answer.status).type(type);
    const retryAfter = answer.headers.get("retry-after");
    if (retryAfter !== null) res.set("Retry-After", retryAfter);
    if (!type.startsWith("text/event-stream")) {
      const text = await answer.text();
      end(answer.ok ? (usageOf(text) ?? used + tokensIn(text)) : 0);
      res.send(text);
      return;
    }
    let total: number | undefined;
    const parser = createParser({
      onEvent({ data }) {
        if (data === "[DONE]") return;
        const { choices, usage } = JSON.parse(data) as Completion;
        total = countOf(usage) ?? total;
        for (const { delta } of choices ?? []) {
          const tokens = tokensIn(delta?.content ?? "");
          if (tokens > 0) extend(tokens);
        }
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (!res.write(chunk)) await once(res, "drain", { signal: gone.signal });
    }
    end(total ?? used);
    res.end();
  } catch (error) {
    end(used);
    // Nobody is left to tell.
    if (gone.signal.aborted) return;
    const message = `the model server failed: ${reasonOf(error)}`;
    const failure = { error: { message, type: "upstream" } };
    if (!res.headersSent) {
      res.removeHeader("Retry-After");
      res.status(502).type("json").send(failure);
    } else res.write(`data: ${JSON.stringify(failure)}\n\n`, () => res.destroy());
  }
}

function usageOf(text: string): number | undefined {
  return countOf((JSON.parse(text) as Completion).usage);
}

/** The tokens that a server says it used, unless it makes no sense. */
function countOf(usage: Completion["usage"]): number | undefined {
  const total = usage?.total_tokens;
  return Number.isSafeInteger(total) && Number(total) >= 0 ? total : undefined;
}
