import { json, jsonType, type Recording, utf8 } from "./recording.ts";

/** One message of an AWS event stream, as its documentation lays it out. */
export function frame(headers: Readonly<Record<string, string>>, payload: unknown): Uint8Array {
  const body = json(payload);
  const head = joined(
    ...Object.entries(headers).map(([name, value]) => {
      const [key, text] = [utf8(name), utf8(value)];
      return Uint8Array.of(key.length, ...key, 7, text.length >> 8, text.length & 255, ...text);
    }),
  );
  const message = new Uint8Array(16 + head.length + body.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, message.length);
  view.setUint32(4, head.length);
  view.setUint32(8, crc32(message.subarray(0, 8)));
  message.set(head, 12);
  message.set(body, 12 + head.length);
  view.setUint32(message.length - 4, crc32(message.subarray(0, -4)));
  return message;
}

// Bit by bit, as the polynomial says.
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function event(type: string, payload: unknown): Uint8Array {
  return frame(
    { ":event-type": type, ":content-type": "application/json", ":message-type": "event" },
    payload,
  );
}

function joined(...frames: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(frames.flatMap((one) => [...one]));
}

const start = event("messageStart", { p: "abcdef", role: "assistant" });
const texts = ["Hel", "lo", " there"].map((text) =>
  event("contentBlockDelta", { contentBlockIndex: 0, delta: { text }, p: "abc" }),
);
const blockStop = event("contentBlockStop", { contentBlockIndex: 0 });
const stop = (stopReason: string): Uint8Array => event("messageStop", { stopReason });
const usage = {
  inputTokens: 20,
  outputTokens: 8,
  totalTokens: 128,
  cacheReadInputTokens: 90,
  cacheWriteInputTokens: 10,
};
const metadata = event("metadata", { metrics: { latencyMs: 100 }, usage });
const exact = { input: 120, output: 8, cacheReads: 90, cacheWrites: 10, reasoning: 0 };
const streamed = {
  format: "bedrock",
  contentType: "application/vnd.amazon.eventstream",
  output: 8,
} as const;
const whole = { outcome: "complete", finish: "complete", isEstimated: false } as const;
const damaged = joined(start, ...texts, stop("end_turn"), metadata);
damaged[damaged.length - 20]! ^= 1;

export const bedrockRecordings: readonly Recording[] = [
  {
    ...streamed,
    title: "Converse: text",
    body: joined(start, ...texts, blockStop, stop("end_turn"), metadata),
    expected: { ...whole, framing: "frames", usage: exact, outputBytes: 11, contentEvents: 3 },
  },
  {
    ...streamed,
    title: "Converse: cut by maxTokens",
    body: joined(start, ...texts, stop("max_tokens"), metadata),
    expected: { outcome: "cut", isEstimated: false },
  },
  {
    ...streamed,
    title: "Converse: a guardrail",
    body: joined(start, ...texts, stop("guardrail_intervened"), metadata),
    expected: { outcome: "filtered", isEstimated: false },
  },
  {
    ...streamed,
    title: "Converse: a tool call and reasoning",
    body: joined(
      start,
      event("contentBlockDelta", {
        contentBlockIndex: 0,
        delta: { reasoningContent: { text: "Hm" } },
      }),
      event("contentBlockStart", {
        contentBlockIndex: 1,
        start: { toolUse: { toolUseId: "t", name: "f" } },
      }),
      event("contentBlockDelta", {
        contentBlockIndex: 1,
        delta: { toolUse: { input: '{"a":1}' } },
      }),
      stop("tool_use"),
      metadata,
    ),
    expected: { ...whole, outputBytes: 10 },
  },
  {
    ...streamed,
    title: "Converse: without metadata",
    body: joined(start, ...texts, stop("end_turn")),
    expected: { outcome: "complete", isEstimated: true, outputTokens: 3 },
  },
  {
    ...streamed,
    title: "Converse: without messageStop",
    body: joined(start, ...texts),
    expected: { outcome: "truncated", truncation: "finish-missing", isEstimated: true },
  },
  {
    ...streamed,
    title: "Converse: throttled in the middle",
    body: joined(
      start,
      ...texts,
      frame(
        {
          ":exception-type": "throttlingException",
          ":content-type": "application/json",
          ":message-type": "exception",
        },
        { message: "Too many tokens" },
      ),
    ),
    expected: {
      outcome: "failed",
      error: { code: "throttlingException", message: "Too many tokens" },
    },
  },
  {
    ...streamed,
    title: "Converse: cut inside a message",
    body: joined(start, ...texts, stop("end_turn"), metadata).slice(0, -30),
    expected: { outcome: "truncated", truncation: "event-cut", isEstimated: true },
  },
  {
    ...streamed,
    title: "Converse: a damaged message",
    body: damaged,
    expected: { outcome: "truncated", truncation: "event-cut", isEstimated: true, skipped: 1 },
  },
  {
    ...streamed,
    title: "InvokeModel, which is not read",
    body: joined(event("chunk", { bytes: "eyJ0eXBlIjoicGluZyJ9" })),
    expected: { outcome: "unknown", isEstimated: true, skipped: 1 },
  },
  {
    ...streamed,
    contentType: jsonType,
    title: "Converse: a body",
    body: json({
      metrics: { latencyMs: 1 },
      output: { message: { role: "assistant", content: [{ text: "Hello" }] } },
      stopReason: "end_turn",
      usage,
    }),
    expected: { ...whole, usage: exact, outputBytes: 5 },
  },
];
