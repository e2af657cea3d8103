import {
  json,
  jsonType,
  named,
  type ProviderEvent,
  type Recording,
  sse,
  utf8,
} from "./recording.ts";

const whole = { outcome: "complete", finish: "complete", isEstimated: false } as const;

const coDelta = (type: string, message: object): ProviderEvent => ({
  type,
  index: 0,
  delta: { message },
});
const coStart = [
  {
    type: "message-start",
    id: "c1",
    delta: {
      message: { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] },
    },
  },
  coDelta("content-start", { content: { type: "text", text: "" } }),
];
const coTexts = ["Hel", "lo"].map((text) => coDelta("content-delta", { content: { text } }));
const coEnd = (finish_reason: string, more: object = {}): ProviderEvent => ({
  type: "message-end",
  delta: {
    finish_reason,
    usage: {
      billed_units: { input_tokens: 5, output_tokens: 9 },
      tokens: { input_tokens: 71, output_tokens: 9 },
    },
    ...more,
  },
});
const co = { format: "cohere", contentType: sse, output: 9 } as const;
const coUsage = { input: 5, output: 9, cacheReads: 0, cacheWrites: 0, reasoning: 0 };

export const cohereRecordings: readonly Recording[] = [
  {
    ...co,
    title: "Cohere: message-end",
    body: named(...coStart, ...coTexts, { type: "content-end" }, coEnd("COMPLETE")),
    expected: { ...whole, usage: coUsage, outputBytes: 5 },
  },
  {
    ...co,
    title: "Cohere: MAX_TOKENS",
    body: named(...coStart, ...coTexts, coEnd("MAX_TOKENS")),
    expected: { outcome: "cut", isEstimated: false },
  },
  {
    ...co,
    title: "Cohere: ERROR",
    body: named(...coStart, ...coTexts, coEnd("ERROR", { error: "internal" })),
    expected: { outcome: "failed", error: { code: "error", message: "internal" } },
  },
  {
    ...co,
    title: "Cohere: a tool call",
    body: named(
      ...coStart,
      coDelta("tool-plan-delta", { tool_plan: "I will" }),
      coDelta("tool-call-start", {
        tool_calls: { id: "t", type: "function", function: { name: "f", arguments: "" } },
      }),
      coDelta("tool-call-delta", { tool_calls: { function: { arguments: '{"a":1}' } } }),
      coEnd("TOOL_CALL"),
    ),
    expected: { ...whole, outputBytes: 14 },
  },
  {
    ...co,
    title: "Cohere: broken off",
    body: named(...coStart, ...coTexts),
    expected: { outcome: "truncated", truncation: "finish-missing", isEstimated: true },
  },
  {
    ...co,
    contentType: "application/stream+json",
    title: "Cohere: version 1, one event to a line",
    body: utf8(
      [
        { is_finished: false, event_type: "stream-start", generation_id: "g" },
        { is_finished: false, event_type: "text-generation", text: "Hello" },
        {
          is_finished: true,
          event_type: "stream-end",
          finish_reason: "COMPLETE",
          response: {
            text: "Hello",
            meta: { billed_units: { input_tokens: 5, output_tokens: 9 } },
          },
        },
      ]
        .map((one) => `${JSON.stringify(one)}\n`)
        .join(""),
    ),
    expected: { ...whole, framing: "lines", usage: coUsage, outputBytes: 5 },
  },
  {
    ...co,
    contentType: jsonType,
    title: "Cohere: a body",
    body: json({
      id: "c1",
      message: { role: "assistant", content: [{ type: "text", text: "Hello" }] },
      finish_reason: "COMPLETE",
      usage: { billed_units: { input_tokens: 5, output_tokens: 9 } },
    }),
    expected: { ...whole, usage: coUsage, outputBytes: 5 },
  },
];
