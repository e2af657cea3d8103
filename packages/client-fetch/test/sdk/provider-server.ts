import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** What the server does with the call of that number, from 1; `undefined`: answers it. */
export type Misbehaviour = (call: number) => Fault | undefined;

/** A fault: an error of that status, or an answer of which only so many events or bytes come. */
interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The answer ends, well framed, before its last event, or in the middle of its JSON. */
  readonly isCut?: boolean;
}

/** A server that speaks the wires of OpenAI (and Groq, Mistral), Anthropic, Gemini and Cohere. */
export interface ProviderServer {
  readonly url: string;
  /** Of each request that came: path and headers. */
  readonly seen: readonly { readonly path: string; readonly headers: IncomingMessage["headers"] }[];
  close(): Promise<void>;
}

/** What every answer says. */
export const said = "Hello there, friend.";

export async function startProvider(
  fault: Misbehaviour = () => undefined,
): Promise<ProviderServer> {
  const seen: ProviderServer["seen"][number][] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? "", headers: request.headers });
    const number = seen.length;
    // A client that went away is what some tests are about.
    read(request).then(
      (text) => answer(request.url ?? "", text, response, fault(number)),
      () => response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return text;
}

function answer(
  path: string,
  text: string,
  response: ServerResponse,
  fault: Fault | undefined,
): void {
  if (fault?.status !== undefined) {
    const body = fault.body ?? { error: { message: "no", type: "server_error", code: "no" } };
    response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
    response.end(JSON.stringify(body));
    return;
  }
  const asked = JSON.parse(text || "{}") as { stream?: boolean };
  const isStream = asked.stream === true || path.includes(":streamGenerateContent");
  const wire = path.includes("/messages")
    ? anthropic
    : path.includes("GenerateContent") || path.includes(":generateContent")
      ? gemini
      : path.includes("/v2/chat")
        ? cohere
        : openai;
  if (isStream) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const events = wire.events();
    // Before the first content: only then can a stream be asked for again.
    for (const event of fault?.isCut ? events.slice(0, 1) : events) response.write(event);
    response.end();
    return;
  }
  const json = JSON.stringify(wire.body());
  response.writeHead(200, { "content-type": "application/json" });
  response.end(fault?.isCut ? json.slice(0, json.length / 2) : json);
}

interface Wire {
  body(): unknown;
  events(): readonly string[];
}

const words = said.split(/(?<= )/);
const data = (value: unknown, name?: string): string =>
  `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(value)}\n\n`;

const openaiHead = { id: "c-1", created: 1, model: "tiny-1", system_fingerprint: "f" };
const openaiUsage = { prompt_tokens: 5, completion_tokens: 4, total_tokens: 9 };
function chunk(delta: unknown, finish: string | null, rest = {}): string {
  return data({
    ...openaiHead,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...rest,
  });
}

const openai: Wire = {
  body: () => ({
    ...openaiHead,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content: said }, finish_reason: "stop" }],
    usage: openaiUsage,
  }),
  events: () => [
    chunk({ role: "assistant", content: "" }, null),
    ...words.map((content) => chunk({ content }, null)),
    chunk({}, "stop", { usage: openaiUsage }),
    "data: [DONE]\n\n",
  ],
};

const anthropicMessage = {
  id: "m-1",
  type: "message",
  role: "assistant",
  model: "tiny-1",
  stop_sequence: null,
};
const anthropic: Wire = {
  body: () => ({
    ...anthropicMessage,
    content: [{ type: "text", text: said }],
    stop_reason: "end_turn",
    usage: { input_tokens: 5, output_tokens: 4 },
  }),
  events: () => [
    data(
      {
        type: "message_start",
        message: {
          ...anthropicMessage,
          content: [],
          stop_reason: null,
          usage: { input_tokens: 5, output_tokens: 1 },
        },
      },
      "message_start",
    ),
    data(
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      "content_block_start",
    ),
    ...words.map((text) =>
      data(
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
        "content_block_delta",
      ),
    ),
    data({ type: "content_block_stop", index: 0 }, "content_block_stop"),
    data(
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: 4 },
      },
      "message_delta",
    ),
    data({ type: "message_stop" }, "message_stop"),
  ],
};

const geminiUsage = { promptTokenCount: 5, candidatesTokenCount: 4, totalTokenCount: 9 };
const geminiPart = (text: string, finishReason?: string): unknown => ({
  candidates: [{ index: 0, content: { role: "model", parts: [{ text }] }, finishReason }],
  usageMetadata: geminiUsage,
  modelVersion: "tiny-1",
});
const gemini: Wire = {
  body: () => geminiPart(said, "STOP"),
  events: () => [
    data(geminiPart("")),
    ...words.slice(0, -1).map((text) => data(geminiPart(text))),
    data(geminiPart(words.at(-1)!, "STOP")),
  ],
};

const cohereUsage = {
  billed_units: { input_tokens: 5, output_tokens: 4 },
  tokens: { input_tokens: 5, output_tokens: 4 },
};
const cohere: Wire = {
  body: () => ({
    id: "c-1",
    finish_reason: "COMPLETE",
    message: { role: "assistant", content: [{ type: "text", text: said }] },
    usage: cohereUsage,
  }),
  events: () => [
    data(
      {
        id: "c-1",
        type: "message-start",
        delta: {
          message: { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] },
        },
      },
      "message-start",
    ),
    ...words.map((text) =>
      data(
        { type: "content-delta", index: 0, delta: { message: { content: { text } } } },
        "content-delta",
      ),
    ),
    data(
      { type: "message-end", delta: { finish_reason: "COMPLETE", usage: cohereUsage } },
      "message-end",
    ),
  ],
};
