// A model on the loopback, in a process of its own: a completion of some 500 bytes, or a stream of as many events as its argument says.

import { createServer } from "node:http";
import { flushCompileCache } from "node:module";

import { listening } from "../http/listening.ts";

const completion = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "tiny",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Four words of text. ".repeat(15) },
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 10, completion_tokens: 60, total_tokens: 70 },
});
const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "tiny",
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;
const [token, last] = [chunk({ content: "word " }, null), `${chunk({}, "stop")}data: [DONE]\n\n`];
const events = Number(process.argv[2]);

process.on("disconnect", () => process.exit());
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    if (request.url !== "/stream") {
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": completion.length,
      });
      response.end(completion);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    let sent = 0;
    const send = (): void => {
      while (sent < events) {
        sent += 1;
        if (!response.write(token)) return void response.once("drain", send);
      }
      response.end(last);
    };
    send();
  });
});
const port = await listening(server);
// It is killed in the end, and would write nothing then.
flushCompileCache();
process.send!(port);
