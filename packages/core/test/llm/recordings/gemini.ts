import { decoded, json, jsonType, type Recording, sse, stream, utf8 } from "./recording.ts";

const whole = { outcome: "complete", finish: "complete", isEstimated: false } as const;

const part = (text: string, more: object = {}, all: object = {}): object => ({
  candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0, ...more }],
  modelVersion: "gemini",
  ...all,
});
const geminiCounts = (candidatesTokenCount: number): object => ({
  usageMetadata: {
    promptTokenCount: 10,
    candidatesTokenCount,
    thoughtsTokenCount: 20,
    cachedContentTokenCount: 4,
    toolUsePromptTokenCount: 3,
    totalTokenCount: 33 + candidatesTokenCount,
  },
});
const geminiUsage = { input: 13, output: 26, cacheReads: 4, cacheWrites: 0, reasoning: 20 };
const google = { format: "gemini", contentType: sse, output: 26 } as const;
const parts = [part("Hello ", {}, geminiCounts(2)), part("there", {}, geminiCounts(4))];
const last = (finishReason: string): object => part("!", { finishReason }, geminiCounts(6));

export const geminiRecordings: readonly Recording[] = [
  {
    ...google,
    title: "Gemini: usage that grows, CRLF",
    body: utf8(decoded(stream(...parts, last("STOP"))).replaceAll("\n", "\r\n")),
    expected: { ...whole, usage: geminiUsage, outputBytes: 12 },
  },
  {
    ...google,
    title: "Gemini: MAX_TOKENS",
    body: stream(...parts, last("MAX_TOKENS")),
    expected: { outcome: "cut", usage: geminiUsage, isEstimated: false },
  },
  {
    ...google,
    title: "Gemini: SAFETY",
    body: stream(...parts, last("SAFETY")),
    expected: { outcome: "filtered", isEstimated: false },
  },
  {
    ...google,
    title: "Gemini: MALFORMED_FUNCTION_CALL",
    body: stream(...parts, last("MALFORMED_FUNCTION_CALL")),
    expected: { outcome: "failed", isEstimated: false },
  },
  {
    ...google,
    output: 0,
    title: "Gemini: a blocked prompt",
    body: stream({
      promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
      usageMetadata: { promptTokenCount: 7, totalTokenCount: 7 },
    }),
    expected: { outcome: "filtered", inputTokens: 7 },
  },
  {
    ...google,
    title: "Gemini: broken off between events",
    body: stream(...parts),
    expected: { outcome: "truncated", truncation: "finish-missing", isEstimated: true },
  },
  {
    ...google,
    contentType: jsonType,
    title: "Gemini: a list, without alt=sse",
    body: utf8(
      `[${[...parts, last("STOP")].map((one) => JSON.stringify(one, undefined, 1)).join(",\r\n")}\n]`,
    ),
    expected: { ...whole, usage: geminiUsage, outputBytes: 12 },
  },
  {
    ...google,
    contentType: jsonType,
    title: "Gemini: a list that breaks off",
    body: utf8(`[${JSON.stringify(parts[0])},\r\n${JSON.stringify(parts[1]).slice(0, -30)}`),
    expected: { outcome: "truncated", truncation: "json-open", isEstimated: true },
  },
  {
    ...google,
    contentType: jsonType,
    title: "Gemini: a body with a function call",
    body: json({
      candidates: [
        {
          content: { parts: [{ functionCall: { name: "f", args: { a: 1 } } }] },
          finishReason: "STOP",
          index: 0,
        },
      ],
      ...geminiCounts(6),
    }),
    expected: { ...whole, usage: geminiUsage, outputBytes: 8 },
  },
  {
    ...google,
    format: undefined,
    output: 0,
    contentType: jsonType,
    title: "Gemini: an error body",
    body: json({
      error: { code: 429, message: "Quota exceeded", status: "RESOURCE_EXHAUSTED", details: [] },
    }),
    expected: {
      outcome: "failed",
      error: { code: "RESOURCE_EXHAUSTED", message: "Quota exceeded" },
    },
  },
];
