import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createFetch, guardResponse, isTruncatedResponseError } from "@sluice/client-fetch";
import { Agent, fetch as undiciFetch } from "undici";
import { afterAll, beforeAll, expect, it } from "vitest";

import { certificateIn } from "../certificate.ts";
import { body, chat, chatNoFinish, chatNoMarker, half, messagesNoMarker, utf8 } from "./wire.ts";

const json = "application/json";
const sse = "text/event-stream";
const text = "text/plain";
const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

type End = (stream: ServerHttp2Stream) => void;
const endStream: End = (stream) => stream.end();
// A stream that is closed is ended before it is reset; destroyed, it is only reset: with INTERNAL_ERROR, CANCEL for an abort, or NO_ERROR.
const resetFor =
  (error?: unknown): End =>
  (stream) =>
    void stream.destroy(error as Error | undefined);
const aborted: unknown = await once(new EventTarget(), "never", {
  signal: AbortSignal.abort(),
}).catch((error: unknown) => error);
const sessionGoes: End = (stream) => {
  stream.session?.goaway(NGHTTP2_INTERNAL_ERROR);
  stream.session?.destroy();
};
const socketGoes: End = () => {
  for (const socket of sockets) socket.resetAndDestroy();
};
// No new streams, but this one goes on to its end.
const goesAwayKindly: End = (stream) => {
  stream.session?.goaway(NGHTTP2_NO_ERROR);
  stream.end();
};

const whole = ["complete", undefined] as const;
const unknown = ["unknown", undefined] as const;
const cut = (reason: string): readonly [string, string] => ["truncated", reason];

interface Case {
  readonly title: string;
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly end: End;
  readonly expected: readonly [outcome: string, reason: string | undefined];
  /** What the head says that it has, where it says so. */
  readonly length?: number;
}

const ended: readonly Case[] = [
  { title: "JSON", type: json, bytes: body, end: endStream, expected: whole },
  { title: "a stream", type: sse, bytes: chat, end: endStream, expected: whole },
  { title: "a stream, GOAWAY", type: sse, bytes: chat, end: goesAwayKindly, expected: whole },
  { title: "no [DONE]", type: sse, bytes: chatNoMarker, end: endStream, expected: whole },
  {
    title: "half of JSON",
    type: json,
    bytes: half(body),
    end: endStream,
    expected: cut("json-open"),
  },
  {
    title: "half an event",
    type: sse,
    bytes: half(chat),
    end: endStream,
    expected: cut("event-cut"),
  },
  {
    title: "no finish",
    type: sse,
    bytes: chatNoFinish,
    end: endStream,
    expected: cut("finish-missing"),
  },
  {
    title: "no message_stop",
    type: sse,
    bytes: messagesNoMarker,
    end: endStream,
    expected: cut("end-marker-missing"),
  },
  { title: "nothing", type: sse, bytes: utf8(""), end: endStream, expected: cut("empty") },
  {
    title: "fewer bytes than announced",
    type: json,
    bytes: half(body),
    end: endStream,
    length: body.length,
    expected: cut("body-cut"),
  },
  { title: "half a text", type: text, bytes: half(body), end: endStream, expected: unknown },
];
// Undici takes these two for the end.
const quietly = (
  [
    ["reset without an error", resetFor()],
    ["reset as cancelled", resetFor(aborted)],
  ] as const
).flatMap(([how, end]): readonly Case[] => [
  { title: `JSON, ${how}`, type: json, bytes: half(body), end, expected: cut("json-open") },
  {
    title: `no finish, ${how}`,
    type: sse,
    bytes: chatNoFinish,
    end,
    expected: cut("finish-missing"),
  },
  { title: `no [DONE], ${how}`, type: sse, bytes: chatNoMarker, end, expected: whole },
  { title: `a text, ${how}`, type: text, bytes: half(body), end, expected: unknown },
]);
const loudly = (
  [
    ["reset with an error", resetFor(new Error("cut"))],
    ["GOAWAY, the connection closed", sessionGoes],
    ["the connection reset", socketGoes],
  ] as const
).flatMap(([how, end]): readonly Case[] => [
  { title: `JSON, ${how}`, type: json, bytes: half(body), end, expected: cut("body-cut") },
  { title: `a stream, ${how}`, type: sse, bytes: chatNoFinish, end, expected: cut("body-cut") },
  { title: `no [DONE], ${how}`, type: sse, bytes: chatNoMarker, end, expected: cut("body-cut") },
]);
const cases = [...ended, ...quietly, ...loudly];

let folder: string;
let server: Http2SecureServer;
let agent: Agent;
let url: string;
const sockets = new Set<Socket>();
let refused = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-http2-"));
  const { key, cert } = await certificateIn(folder);
  server = createSecureServer({ key, cert });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session) => session.on("error", () => {}));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    stream.resume();
    stream.once("end", () => answer(stream, String(headers[":path"]).slice(1)));
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
  agent = new Agent({ allowH2: true, connect: { ca: cert } });
});
afterAll(async () => {
  await agent.destroy();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

function answer(stream: ServerHttp2Stream, path: string): void {
  if (path === "refused" && refused++ === 0) return stream.close(NGHTTP2_REFUSED_STREAM);
  const { type, bytes, end, length } =
    cases[Number(path)] ?? cases.find(({ title }) => title === "JSON")!;
  stream.respond({
    ":status": 200,
    "content-type": type,
    ...(length !== undefined && { "content-length": length }),
  });
  // What was written must have been read before it is cut.
  stream.write(bytes, () => setTimeout(() => end(stream), 25));
}

// The type is the global one's, but for what the two have each of their own.
const fetch = ((input: string, init: object) =>
  undiciFetch(input, { ...init, dispatcher: agent })) as unknown as typeof globalThis.fetch;
const request = { method: "POST", body: "{}" };

it.for(cases.map((one, index) => ({ ...one, index })))(
  "comes to what it is by HTTP/2: $title",
  async ({ index, expected }) => {
    const response = await fetch(`${url}/${index}`, request);
    // By HTTP/1.1 there would be one.
    expect(response.headers.has("connection")).toBe(false);
    const guard = guardResponse(response);
    await guard.begun;
    const failure = await guard
      .response()
      .text()
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    const { outcome, reason } = await guard.ended;
    expect([outcome, reason]).toEqual(expected);
    expect(isTruncatedResponseError(failure)).toBe(outcome === "truncated");
  },
);

it("sends again what HTTP/2 has refused, for it was not executed", async () => {
  const response = await createFetch({ fetch, retry: { base: 1, cap: 2 } })(
    `${url}/refused`,
    request,
  );
  await response.text();
  expect(response.sluice.attempts).toMatchObject([
    { cause: "connection", execution: "refused" },
    { cause: "success" },
  ]);
});
