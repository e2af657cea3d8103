import {
  brotliCompressSync,
  deflateSync,
  gzipSync,
  zstdCompressSync as zstd,
  constants,
} from "node:zlib";

/** Bytes of UTF-8. */
export function utf8(text: string): Buffer {
  return Buffer.from(text);
}

const head = { id: "c1", object: "chat.completion.chunk", created: 1_758_000_000, model: "m" };
const delta = (content: string, finish_reason: string | null = null): object => ({
  ...head,
  choices: [{ index: 0, delta: { content }, finish_reason }],
});
const texts = Array.from({ length: 24 }, (_, index) => ` word ${index}, déjà vu 日本`);

/** A chat completion of some 700 bytes. */
export const body: Buffer = utf8(
  JSON.stringify({
    ...head,
    object: "chat.completion",
    choices: [
      { index: 0, message: { role: "assistant", content: texts.join("") }, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 12, completion_tokens: 96, total_tokens: 108 },
  }),
);

/** An event stream of `events`, strings as they are. */
export function events(...all: readonly (object | string)[]): Buffer {
  return utf8(
    all.map((one) => `data: ${typeof one === "string" ? one : JSON.stringify(one)}\n\n`).join(""),
  );
}

const words = [delta(""), ...texts.map((text) => delta(text))];
/** A chat that streams; without its end marker; without its finish reason. */
export const chat: Buffer = events(...words, delta("", "stop"), "[DONE]");
export const chatNoMarker: Buffer = events(...words, delta("", "stop"));
export const chatNoFinish: Buffer = events(...words);
const other = { ...head, choices: [{ index: 1, delta: { content: "or" }, finish_reason: null }] };
/** The same without a marker: with a second choice that has no finish reason; cut in the usage that comes after the finish reason. */
export const chatOneOpen: Buffer = events(other, ...words, delta("", "stop"));
export const chatUsage: Buffer = events(...words, delta("", "stop"), {
  ...head,
  choices: [],
  usage: { prompt_tokens: 12, completion_tokens: 96, total_tokens: 108 },
});
export const chatUsageCut: Buffer = chatUsage.subarray(0, -20);

const named = (...all: readonly { readonly type: string; readonly [key: string]: unknown }[]) =>
  utf8(all.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join(""));
const claude = [
  {
    type: "message_start",
    message: { type: "message", role: "assistant", usage: { input_tokens: 9, output_tokens: 1 } },
  },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "ping" },
  ...texts.map((text) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text },
  })),
  { type: "content_block_stop", index: 0 },
] as const;
const stopped = {
  type: "message_delta",
  delta: { stop_reason: "end_turn" },
  usage: { output_tokens: 96 },
};
/** Anthropic's messages, streamed: whole, without `message_stop`, without a stop reason. */
export const messages: Buffer = named(...claude, stopped, { type: "message_stop" });
export const messagesNoMarker: Buffer = named(...claude, stopped);
export const messagesNoFinish: Buffer = named(...claude);

const response = { id: "r1", object: "response", status: "in_progress" };
const deltas = texts.map((text) => ({ type: "response.output_text.delta", delta: text }));
/** OpenAI's responses, streamed: whole, and without a last event. */
export const responses: Buffer = named({ type: "response.created", response }, ...deltas, {
  type: "response.completed",
  response: { ...response, status: "completed", usage: { input_tokens: 9, output_tokens: 96 } },
});
export const responsesNoMarker: Buffer = named({ type: "response.created", response }, ...deltas);

const candidate = (text: string, finishReason?: string): object => ({
  candidates: [{ index: 0, content: { parts: [{ text }] }, finishReason }],
});
/** Gemini's, streamed: whole, and without a finish reason. */
export const gemini: Buffer = events(
  ...texts.map((text) => candidate(text)),
  candidate(".", "STOP"),
);
export const geminiNoFinish: Buffer = events(...texts.map((text) => candidate(text)));

/** `bytes` as one chunk after another of the sizes given, the rest in the last; without the chunk that ends them. */
export function chunks(bytes: Uint8Array, ...sizes: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    const part = bytes.subarray(at, at + size);
    at += part.length;
    if (part.length === 0) continue;
    parts.push(Buffer.concat([utf8(`${part.length.toString(16)}\r\n`), part, utf8("\r\n")]));
  }
  return parts;
}

/** The first part of `bytes`: `half(body)`, `most(body)` all but its last byte. */
export const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);
export const most = (bytes: Buffer): Buffer => bytes.subarray(0, -1);
/** `bytes` up to inside its last character of more than one byte. */
export const insideCharacter = (bytes: Buffer): Buffer => {
  const end = bytes.lastIndexOf(0x9c);
  return bytes.subarray(0, end);
};
/** `bytes` without its last event. */
export const betweenEvents = (bytes: Buffer): Buffer =>
  bytes.subarray(0, bytes.indexOf("\n\n", bytes.length >> 1) + 2);

/** Encodings by the name that a Content-Encoding header has for them. */
export const encode: Readonly<
  Record<"gzip" | "br" | "deflate" | "zstd", (bytes: Buffer) => Buffer>
> = {
  gzip: (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  deflate: (bytes) => deflateSync(bytes),
  zstd: (bytes) => zstd(bytes),
};
