import { createServer, type ServerResponse } from "node:http";
import { setInterval } from "node:timers/promises";

import { listening } from "../listening.ts";

const stepMs = 1;

/**
 * Stands in for a model that answers with a chat completion of so many events. One goes to every stream in each step of a millisecond, as
 * a model server flushes the tokens of each step of its batch: whoever reads a stream finds one at a time. Its port.
 */
export async function serveModel(events: number): Promise<number> {
  const { word, end } = completionOf(events);

  async function send(res: ServerResponse): Promise<void> {
    let sent = 0;
    for await (const _ of setInterval(stepMs)) {
      if (sent++ === events || res.closed) break;
      res.write(word);
    }
    res.end(end);
  }

  const server = createServer((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    void send(res);
  });
  return listening(server);
}

/** A chat completion in the form of OpenAI: an event of each token, and what follows the last. */
function completionOf(events: number): { readonly word: string; readonly end: string } {
  const created = 1_700_000_000;
  const chunkOf = (rest: object): string =>
    `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created, model: "stand-in", system_fingerprint: "fp_1", ...rest })}\n\n`;
  const word = chunkOf({
    choices: [{ index: 0, delta: { content: " sluices" }, logprobs: null, finish_reason: null }],
    usage: null,
  });
  const last = chunkOf({
    choices: [{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }],
    usage: null,
  });
  const usage = { prompt_tokens: 10, completion_tokens: events, total_tokens: events + 10 };
  return { word, end: `${last}${chunkOf({ choices: [], usage })}data: [DONE]\n\n` };
}
