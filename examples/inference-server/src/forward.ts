import { once } from "node:events";

import type { Request, Response } from "express";

import { reasonOf } from "./reason.ts";

/** Where a chat completion is sent. */
interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends the chat completion that `req` asks for to `url`, and its answer back, byte by byte as it comes: what passes is metered by
 * `rateLimit()`. When the client leaves, so do we. `onWritten` is told after each piece.
 */
export async function forward(
  req: Request,
  res: Response,
  { url, headers }: Target,
  onWritten: () => void,
): Promise<void> {
  const state = req.rateLimit!;
  const { signal } = state;
  // Whoever leaves before the answer begins has been sent nothing. Only we know that the model then stops.
  signal.addEventListener("abort", () => void (res.headersSent || state.settle({ tokens: 0 })));
  try {
    // Streams tell their usage only when asked.
    const options = req.body.stream ? { stream_options: { include_usage: true } } : {};
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ ...req.body, ...options }),
      signal,
    });
    const type = answer.headers.get("content-type") ?? "application/json";
    if (answer.ok && !readable.test(type)) throw new Error(`it answered ${type}`);
    res.status(answer.status).type(type);
    const retryAfter = answer.headers.get("retry-after");
    if (retryAfter !== null) res.set("Retry-After", retryAfter);
    for await (const chunk of answer.body ?? []) {
      const hasRoom = res.write(chunk);
      onWritten();
      if (!hasRoom) await once(res, "drain", { signal });
    }
    res.end();
  } catch (error) {
    // Nobody is left to tell.
    if (signal.aborted) return;
    const message = `the model server failed: ${reasonOf(error)}`;
    const failure = { error: { message, type: "upstream" } };
    if (!res.headersSent) {
      res.removeHeader("Retry-After");
      res.status(502).type("json").send(failure);
    } else res.write(`data: ${JSON.stringify(failure)}\n\n`, () => res.destroy());
  }
}

const readable = /^(application\/json|text\/event-stream)\b/;
