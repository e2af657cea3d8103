import {
  decoded,
  json,
  jsonType,
  named,
  type ProviderEvent,
  type Recording,
  sse,
  utf8,
} from "./recording.ts";

const start = {
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    content: [],
    model: "claude",
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: 25,
      cache_creation_input_tokens: 100,
      cache_read_input_tokens: 1_000,
      output_tokens: 1,
    },
  },
};
const block = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
const textDelta = (text: string): ProviderEvent => ({
  type: "content_block_delta",
  index: 0,
  delta: { type: "text_delta", text },
});
const texts = ["Hel", "lo", " there"].map(textDelta);
const blockStop = { type: "content_block_stop", index: 0 };
const end = (stop_reason: string, output_tokens = 15): ProviderEvent => ({
  type: "message_delta",
  delta: { stop_reason, stop_sequence: null },
  usage: { output_tokens },
});
const stop = { type: "message_stop" };
const ping = { type: "ping" };
const claude = { format: "anthropic", contentType: sse, output: 15 } as const;
const claudeUsage = { input: 1_125, output: 15, cacheReads: 1_000, cacheWrites: 100, reasoning: 0 };
const whole = { outcome: "complete", finish: "complete", isEstimated: false } as const;

export const anthropicRecordings: readonly Recording[] = [
  {
    ...claude,
    title: "Anthropic: text with pings",
    body: named(start, block, ping, ...texts, ping, blockStop, end("end_turn"), stop),
    expected: { ...whole, usage: claudeUsage, contentEvents: 3, outputBytes: 11, ended: true },
  },
  {
    ...claude,
    title: "Anthropic: usage in several message_deltas, the last of all tokens",
    body: named(start, block, ...texts, end("tool_use", 7), end("tool_use", 15), stop),
    expected: { ...whole, usage: claudeUsage },
  },
  {
    ...claude,
    title: "Anthropic: thinking and a tool call",
    body: named(
      start,
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "thinking", thinking: "", signature: "" },
      },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "thinking_delta", thinking: "Hm." },
      },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "signature_delta", signature: "EqQBCgIYAhIM" },
      },
      blockStop,
      {
        type: "content_block_start",
        index: 1,
        content_block: { type: "tool_use", id: "toolu_1", name: "weather", input: {} },
      },
      ...["", '{"city"', ': "Bern"}'].map((partial_json) => ({
        type: "content_block_delta",
        index: 1,
        delta: { type: "input_json_delta", partial_json },
      })),
      blockStop,
      end("tool_use"),
      stop,
    ),
    expected: { ...whole, outputBytes: 3 + 7 + 16, contentEvents: 4 },
  },
  {
    ...claude,
    title: "Anthropic: cut by max_tokens",
    body: named(start, block, ...texts, blockStop, end("max_tokens"), stop),
    expected: { outcome: "cut", isEstimated: false },
  },
  {
    ...claude,
    title: "Anthropic: refused",
    body: named(start, block, ...texts, blockStop, end("refusal"), stop),
    expected: { outcome: "filtered", isEstimated: false },
  },
  {
    ...claude,
    title: "Anthropic: overloaded in the middle",
    body: named(start, block, ...texts, {
      type: "error",
      error: { type: "overloaded_error", message: "Overloaded" },
    }),
    expected: {
      outcome: "failed",
      error: { code: "overloaded_error", message: "Overloaded" },
      isEstimated: true,
      inputTokens: 1_125,
    },
  },
  {
    ...claude,
    format: undefined,
    output: 0,
    title: "Anthropic: overloaded at once",
    body: named({
      type: "error",
      error: { type: "overloaded_error", message: "Overloaded" },
    }),
    expected: { outcome: "failed", error: { code: "overloaded_error", message: "Overloaded" } },
  },
  {
    ...claude,
    title: "Anthropic: broken off after some text",
    body: named(start, block, ...texts),
    expected: {
      outcome: "truncated",
      truncation: "finish-missing",
      isEstimated: true,
      outputTokens: 3,
      inputTokens: 1_125,
    },
  },
  {
    ...claude,
    title: "Anthropic: without message_stop",
    body: named(start, block, ...texts, blockStop, end("end_turn")),
    expected: {
      outcome: "truncated",
      truncation: "end-marker-missing",
      usage: claudeUsage,
      isEstimated: true,
    },
  },
  {
    ...claude,
    title: "Anthropic: a proxy's [DONE] in place of message_stop",
    body: utf8(`${decoded(named(start, block, ...texts))}data: [DONE]\n\n`),
    expected: {
      outcome: "truncated",
      truncation: "finish-missing",
      ended: false,
      isEstimated: true,
    },
  },
  {
    ...claude,
    contentType: jsonType,
    title: "Anthropic: a body",
    body: json({
      ...start.message,
      content: [{ type: "text", text: "Hello" }],
      stop_reason: "end_turn",
      usage: { ...start.message.usage, output_tokens: 15 },
    }),
    expected: { ...whole, usage: claudeUsage, outputBytes: 5 },
  },
];
