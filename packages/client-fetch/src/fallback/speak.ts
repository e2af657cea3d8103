import type { Asked } from "./fallback.ts";

/** An event of a stream: its name, where the format names events, and its data. */
type Event = readonly [name: string | undefined, data: unknown];

interface Speaker {
  readonly path: RegExp;
  whole(text: string, model: string, id: string): object;
  /** `undefined` where the format's stream is none of events. */
  events?(text: string, model: string, id: string): readonly Event[];
}

const done: Event = [undefined, "[DONE]"];
// Nobody made it at any time.
const created = 0;

const chat: Speaker = {
  path: /\/chat\/completions$/,
  whole: (content, model, id) => ({
    id,
    object: "chat.completion",
    created,
    model,
    choices: [
      { index: 0, message: { role: "assistant", content }, logprobs: null, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  }),
  events(content, model, id) {
    const chunk = (delta: object, finish_reason: string | null): Event => [
      undefined,
      {
        id,
        object: "chat.completion.chunk",
        created,
        model,
        choices: [{ index: 0, delta, finish_reason }],
      },
    ];
    return [chunk({ role: "assistant", content }, null), chunk({}, "stop"), done];
  },
};

const responses: Speaker = {
  path: /\/responses$/,
  whole: (text, model, id) => ({
    id,
    object: "response",
    created_at: created,
    status: "completed",
    error: null,
    incomplete_details: null,
    model,
    output: [item(text, id, "completed")],
    parallel_tool_calls: true,
    tools: [],
    usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
  }),
  events(text, model, id) {
    const whole = responses.whole(text, model, id);
    const begun = { ...whole, status: "in_progress", output: [] };
    const at = { item_id: `${id}-0`, output_index: 0, content_index: 0 };
    const part = { type: "output_text", text, annotations: [] };
    const told: readonly (readonly [string, object])[] = [
      ["response.created", { response: begun }],
      ["response.output_item.added", { output_index: 0, item: item("", id, "in_progress") }],
      ["response.content_part.added", { ...at, part: { ...part, text: "" } }],
      ["response.output_text.delta", { ...at, delta: text }],
      ["response.output_text.done", { ...at, text }],
      ["response.content_part.done", { ...at, part }],
      ["response.output_item.done", { output_index: 0, item: item(text, id, "completed") }],
      ["response.completed", { response: whole }],
    ];
    return told.map(([type, data], sequence_number) => [type, { type, sequence_number, ...data }]);
  },
};

function item(text: string, id: string, status: string): object {
  const content = text === "" ? [] : [{ type: "output_text", text, annotations: [] }];
  return { id: `${id}-0`, type: "message", role: "assistant", status, content };
}

const anthropic: Speaker = {
  path: /\/messages$/,
  whole: (text, model, id) => ({
    id,
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 0, output_tokens: 0 },
  }),
  events(text, model, id) {
    const message = {
      ...anthropic.whole("", model, id),
      content: [],
      stop_reason: null,
    };
    const told: readonly (readonly [string, object])[] = [
      ["message_start", { message }],
      ["content_block_start", { index: 0, content_block: { type: "text", text: "" } }],
      ["content_block_delta", { index: 0, delta: { type: "text_delta", text } }],
      ["content_block_stop", { index: 0 }],
      [
        "message_delta",
        {
          delta: { stop_reason: "end_turn", stop_sequence: null },
          usage: { output_tokens: 0 },
        },
      ],
      ["message_stop", {}],
    ];
    return told.map(([type, data]) => [type, { type, ...data }]);
  },
};

const gemini: Speaker = {
  path: /:(?:streamG|g)enerateContent$/,
  whole: (text, modelVersion) => ({
    candidates: [{ content: { role: "model", parts: [{ text }] }, finishReason: "STOP", index: 0 }],
    usageMetadata: { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 },
    modelVersion,
  }),
  events: (text, model, id) => [[undefined, gemini.whole(text, model, id)]],
};

const cohere: Speaker = {
  path: /\/v2\/chat$/,
  whole: (text, _model, id) => ({
    id,
    finish_reason: "COMPLETE",
    message: { role: "assistant", content: [{ type: "text", text }] },
    usage: { tokens: { input_tokens: 0, output_tokens: 0 } },
  }),
  events(text, _model, id) {
    const told: readonly (readonly [string, object])[] = [
      ["message-start", { id, delta: { message: { role: "assistant", content: [] } } }],
      ["content-start", { index: 0, delta: { message: { content: { type: "text", text: "" } } } }],
      ["content-delta", { index: 0, delta: { message: { content: { text } } } }],
      ["content-end", { index: 0 }],
      [
        "message-end",
        { delta: { finish_reason: "COMPLETE", usage: { tokens: { output_tokens: 0 } } } },
      ],
    ];
    return told.map(([type, data]) => [type, { type, ...data }]);
  },
};

const bedrock: Speaker = {
  path: /\/converse$/,
  whole: (text) => ({
    output: { message: { role: "assistant", content: [{ text }] } },
    stopReason: "end_turn",
    usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
  }),
};

const speakers = [chat, responses, anthropic, gemini, cohere, bedrock];

/**
 * `text` as the answer of a model in the form that was asked for: chat completions and responses of OpenAI and those like it, messages of
 * Anthropic, Gemini, Cohere v2, Bedrock's converse; as a stream where one was asked for. `undefined` for any other request.
 */
export function speak(asked: Asked, text: string): Response | undefined {
  const url = new URL(asked.url);
  const speaker = speakers.find(({ path }) => path.test(url.pathname));
  if (speaker === undefined || asked.method !== "POST") return undefined;
  const model = asked.model ?? "";
  const id = `sluice-${crypto.randomUUID()}`;
  if (!asked.isStream) return json(speaker.whole(text, model, id));
  const events = speaker.events?.(text, model, id);
  if (events === undefined) return undefined;
  // Gemini's stream is an array unless it is asked for as events.
  if (speaker === gemini && url.searchParams.get("alt") !== "sse") {
    return json(events.map(([, data]) => data));
  }
  const body = events.map(
    ([name, data]) =>
      `${name === undefined ? "" : `event: ${name}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`,
  );
  return new Response(body.join(""), { headers: { "content-type": "text/event-stream" } });
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: { "content-type": "application/json" } });
}
