import { createServer } from "node:http";
import { setImmediate } from "node:timers/promises";

import { listening } from "../listening.ts";

/** Stands in for a model: a chat completion of so many events, each sent by itself. Its port. */
export async function serveModel(events: number): Promise<number> {
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
  const end = `${last}${chunkOf({ choices: [], usage })}data: [DONE]\n\n`;
  const server = createServer((_req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    void (async () => {
      for (let sent = 0; sent < events && !res.closed; sent++) {
        res.write(word);
        await setImmediate();
      }
      res.end(end);
    })();
  });
  return listening(server);
}
