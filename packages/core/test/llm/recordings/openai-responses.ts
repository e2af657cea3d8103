import { json, jsonType, named, type ProviderEvent, type Recording, sse } from "./recording.ts";

const whole = { outcome: "complete", finish: "complete", isEstimated: false } as const;

const response = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "in_progress",
  error: null,
  incomplete_details: null,
  output: [],
  usage: null,
};
const responseUsage = {
  input_tokens: 328,
  input_tokens_details: { cached_tokens: 128 },
  output_tokens: 52,
  output_tokens_details: { reasoning_tokens: 40 },
  total_tokens: 380,
};
const responseExact = { input: 328, output: 52, cacheReads: 128, cacheWrites: 0, reasoning: 40 };
const said = {
  type: "message",
  id: "msg_1",
  status: "completed",
  role: "assistant",
  content: [{ type: "output_text", text: "Hi there", annotations: [] }],
};
const event = (type: string, more: object): ProviderEvent => ({ type, ...more });
const opening = [
  event("response.created", { response, sequence_number: 0 }),
  event("response.output_item.added", {
    output_index: 0,
    item: { ...said, content: [] },
    sequence_number: 1,
  }),
];
const deltas = ["Hi", " the", "re"].map((delta, at) =>
  event("response.output_text.delta", {
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    delta,
    sequence_number: 2 + at,
    obfuscation: "Ab9".repeat(at + 1),
  }),
);
const closing = [
  event("response.output_text.done", { text: "Hi there", sequence_number: 5 }),
  event("response.output_item.done", { item: said, sequence_number: 6 }),
];
const responses = { format: "openai-responses", contentType: sse, output: 52 } as const;
const ends = (status: string, more: object = {}): ProviderEvent =>
  event(`response.${status}`, {
    response: { ...response, status, output: [said], usage: responseUsage, ...more },
    sequence_number: 7,
  });

export const responsesRecordings: readonly Recording[] = [
  {
    ...responses,
    title: "responses: completed",
    body: named(...opening, ...deltas, ...closing, ends("completed")),
    expected: { ...whole, usage: responseExact, outputBytes: 8, contentEvents: 3, ended: true },
  },
  {
    ...responses,
    title: "responses: incomplete by max_output_tokens",
    body: named(
      ...opening,
      ...deltas,
      ends("incomplete", { incomplete_details: { reason: "max_output_tokens" } }),
    ),
    expected: { outcome: "cut", usage: responseExact, isEstimated: false },
  },
  {
    ...responses,
    title: "responses: incomplete by the content filter",
    body: named(
      ...opening,
      ...deltas,
      ends("incomplete", { incomplete_details: { reason: "content_filter" } }),
    ),
    expected: { outcome: "filtered", usage: responseExact, isEstimated: false },
  },
  {
    ...responses,
    title: "responses: failed",
    body: named(
      ...opening,
      ...deltas,
      ends("failed", { usage: null, error: { code: "server_error", message: "The model failed" } }),
    ),
    expected: {
      outcome: "failed",
      error: { code: "server_error", message: "The model failed" },
      isEstimated: true,
    },
  },
  {
    ...responses,
    title: "responses: an error event in a 200",
    body: named(
      ...opening,
      event("error", {
        code: "rate_limit_exceeded",
        message: "Rate limit reached",
        param: null,
        sequence_number: 3,
      }),
    ),
    expected: {
      outcome: "failed",
      error: { code: "rate_limit_exceeded", message: "Rate limit reached" },
    },
  },
  {
    ...responses,
    title: "responses: without a terminal event",
    body: named(...opening, ...deltas, ...closing),
    expected: {
      outcome: "truncated",
      truncation: "finish-missing",
      isEstimated: true,
      outputTokens: 2,
    },
  },
  {
    ...responses,
    title: "responses: arguments of a call, and sound",
    body: named(
      ...opening,
      event("response.function_call_arguments.delta", {
        item_id: "fc_1",
        output_index: 0,
        delta: '{"a":',
        sequence_number: 2,
      }),
      event("response.function_call_arguments.delta", {
        item_id: "fc_1",
        output_index: 0,
        delta: "12}",
        sequence_number: 3,
      }),
      event("response.output_audio.delta", { delta: "UklGRg==".repeat(50), sequence_number: 4 }),
      ends("completed"),
    ),
    expected: { ...whole, outputBytes: 8, contentEvents: 2 },
  },
  {
    ...responses,
    contentType: jsonType,
    title: "responses: a body",
    body: json({
      ...response,
      status: "completed",
      output: [{ type: "reasoning", summary: [{ type: "summary_text", text: "So" }] }, said],
      usage: responseUsage,
    }),
    expected: { ...whole, usage: responseExact, outputBytes: 10 },
  },
];
