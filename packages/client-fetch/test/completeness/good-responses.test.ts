import { createHash } from "node:crypto";

import { guardResponse } from "@sluice/client-fetch";
import type { Format } from "@sluice/core/llm";
import { afterAll, beforeAll, expect, it } from "vitest";

import { anthropicRecordings } from "../../../core/test/llm/recordings/anthropic.ts";
import { bedrockRecordings } from "../../../core/test/llm/recordings/bedrock.ts";
import { cohereRecordings } from "../../../core/test/llm/recordings/cohere.ts";
import { geminiRecordings } from "../../../core/test/llm/recordings/gemini.ts";
import { responsesRecordings } from "../../../core/test/llm/recordings/openai-responses.ts";
import { openaiRecordings } from "../../../core/test/llm/recordings/openai.ts";
import { type RawServer, rawServer, type Script } from "../raw-server.ts";
import {
  body,
  chat,
  chatNoMarker,
  chatUsage,
  chunks,
  encode,
  gemini,
  messages,
  responses,
  utf8,
} from "./wire.ts";

interface Good {
  readonly title: string;
  readonly type: string;
  readonly bytes: Buffer;
  readonly format?: Format;
  readonly method?: string;
  /** Good only where its framing has an end. */
  readonly isEndUnmarked?: boolean;
}

const json = "application/json";
const sse = "text/event-stream";
const recorded: readonly Good[] = [
  ...openaiRecordings,
  ...responsesRecordings,
  ...anthropicRecordings,
  ...geminiRecordings,
  ...cohereRecordings,
  ...bedrockRecordings,
].flatMap(({ title, contentType: type, body: bytes, readAs, expected }) =>
  expected.outcome === "truncated" || bytes.length === 0
    ? []
    : { title, type, bytes: Buffer.from(bytes), ...(readAs !== undefined && { format: readAs }) },
);
const made: readonly Good[] = [
  { title: "a chat", type: json, bytes: body },
  { title: "a streamed chat", type: sse, bytes: chat },
  { title: "a streamed chat without [DONE]", type: sse, bytes: chatNoMarker, isEndUnmarked: true },
  { title: "the same with its usage", type: sse, bytes: chatUsage, isEndUnmarked: true },
  { title: "streamed messages", type: `${sse}; charset=utf-8`, bytes: messages },
  { title: "streamed responses", type: sse, bytes: responses },
  { title: "Gemini's stream", type: sse, bytes: gemini },
  {
    title: "embeddings of Cohere",
    type: json,
    bytes: utf8(
      '{"id":"e","embeddings":{"float":[[0.1]]},"meta":{"billed_units":{"input_tokens":2}}}',
    ),
  },
  {
    title: "a response in the background",
    type: json,
    bytes: utf8('{"id":"r","object":"response","status":"queued","output":[]}'),
  },
  { title: "a list", type: json, bytes: utf8('[{"id":1},{"id":2}]') },
  { title: "an empty list", type: json, bytes: utf8("[]") },
  { title: "a number", type: json, bytes: utf8("42") },
  { title: "null", type: `${json}; charset=utf-8`, bytes: utf8("null") },
  { title: "white space around an object", type: json, bytes: utf8(' \r\n {"a":1}\n\n') },
  { title: "a text that is no JSON", type: "text/plain", bytes: utf8('{"a":') },
  { title: "nothing, to a DELETE", type: json, bytes: utf8(""), method: "DELETE" },
  {
    title: "events of another kind",
    type: sse,
    bytes: utf8('event: a\ndata: 1\n\ndata: {"b":2}\n\n'),
  },
  { title: "lines", type: "application/x-ndjson", bytes: utf8('{"a":1}\n{"a":2}\n') },
];
const good = [...recorded, ...made];

const framings = ["length", "chunks", "bytes", "closed", "HTTP/1.0"] as const;
const closed: ReadonlySet<string> = new Set(["closed", "HTTP/1.0"]);
const encodings = ["identity", "gzip", "br", "deflate"] as const;
const all = good.flatMap((one) =>
  framings
    .filter((framing) => one.isEndUnmarked !== true || !closed.has(framing))
    .flatMap((framing) => encodings.map((encoding) => ({ ...one, framing, encoding }))),
);

function scriptOf({ type, bytes, framing, encoding }: (typeof all)[number]): Script {
  const sent = encoding === "identity" ? bytes : encode[encoding](bytes);
  const fields = [`Content-Type: ${type}`];
  if (encoding !== "identity") fields.push(`Content-Encoding: ${encoding}`);
  const version = framing === "HTTP/1.0" ? "1.0" : "1.1";
  const isClosed = closed.has(framing);
  if (framing === "length") fields.push(`Content-Length: ${sent.length}`);
  else if (!isClosed) fields.push("Transfer-Encoding: chunked");
  const sizes = framing === "bytes" ? Array.from({ length: 12 }, () => 1) : [40, 3, 200];
  const head = utf8(`HTTP/${version} 200 OK\r\n${fields.join("\r\n")}\r\n\r\n`);
  const parts =
    isClosed || framing === "length" ? [sent] : [...chunks(sent, ...sizes), utf8("0\r\n\r\n")];
  return {
    bytes: [head, ...parts.filter((part) => part.length > 0)],
    end: isClosed ? "fin" : "open",
  };
}

let server: RawServer;
beforeAll(async () => {
  server = await rawServer((path) => scriptOf(all[Number(path.slice(1))]!));
});
afterAll(async () => server[Symbol.asyncDispose]());

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function alarmOf(index: number): Promise<string | undefined> {
  const { method = "POST", bytes, format, title, framing, encoding } = all[index]!;
  const response = await fetch(`${server.url}/${index}`, {
    method,
    ...(method === "POST" && { body: "{}" }),
  });
  const guard = guardResponse(response, { method, format });
  await guard.begun;
  let problem: string | undefined;
  try {
    const read = await guard.response().bytes();
    if (digest(read) !== digest(bytes)) problem = `${read.length} bytes of ${bytes.length}`;
  } catch (error) {
    problem = String(error);
  }
  const { outcome } = await guard.ended;
  if (outcome === "truncated" || outcome === "aborted") problem ??= outcome;
  return problem && `${title}, ${framing}, ${encoding}: ${problem}`;
}

it("takes none of a thousand good responses for one that is not whole, and changes no byte", async () => {
  expect(all.length).toBeGreaterThanOrEqual(1_000);
  const alarms: string[] = [];
  for (let from = 0; from < all.length; from += 32) {
    const some = all.slice(from, from + 32).map((_, index) => alarmOf(from + index));
    for (const alarm of await Promise.all(some)) if (alarm !== undefined) alarms.push(alarm);
  }
  expect(alarms).toEqual([]);
});
