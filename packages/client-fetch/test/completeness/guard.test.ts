import {
  type GuardOptions,
  guardResponse,
  isTruncatedResponseError,
  type TruncatedResponseError,
} from "@sluice/client-fetch";
import { expect, it } from "vitest";

import { virtualTime } from "../virtual-time.ts";
import { body, chat, events, messages, utf8 } from "./wire.ts";

const json = "application/json";
const sse = "text/event-stream";

/** A response whose bytes the test gives, one push at a time. */
function fed(type: string | undefined, headers: Record<string, string> = {}) {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let cancelled: unknown = "not cancelled";
  let pulls = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (given) => void (controller = given),
      pull: () => void pulls++,
      cancel: (reason) => void (cancelled = reason),
    },
    { highWaterMark: 0 },
  );
  const response = new Response(stream, {
    headers: { ...(type !== undefined && { "content-type": type }), ...headers },
  });
  return {
    response,
    push: (bytes: Uint8Array) => controller.enqueue(bytes),
    close: () => controller.close(),
    fail: (error: unknown) => controller.error(error),
    cancelled: () => cancelled,
    pulls: () => pulls,
  };
}

function guarded(type: string | undefined, options: GuardOptions = {}, headers = {}) {
  const time = virtualTime();
  const source = fed(type, headers);
  const guard = guardResponse(source.response, { timing: time, ...options });
  const seen: { begun: boolean; ended: boolean } = { begun: false, ended: false };
  void guard.begun.then(() => (seen.begun = true));
  void guard.ended.then(() => (seen.ended = true));
  return { time, ...source, guard, seen };
}

const first = events({
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: { content: "" } }],
});
const word = events({
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: { content: "Hi" } }],
});
const ping = utf8(": ping\n\n");

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "nothing",
    (error: unknown) => error,
  );
}

it("holds a stream back until its first content, and passes each piece on as it comes from then on", async () => {
  const { guard, push, close, seen, time } = guarded(sse);
  for (const held of [ping, first, ping]) {
    push(held);
    await time.advance(10);
    expect(seen.begun).toBe(false);
  }
  push(word);
  expect(await guard.begun).toEqual({ begun: true });
  const reader = guard.response().body!.getReader();
  for (const held of [ping, first, ping, word]) expect((await reader.read()).value).toEqual(held);
  const next = reader.read();
  const half = word.subarray(0, 20);
  push(half);
  expect((await next).value).toEqual(half);
  push(word.subarray(20));
  await reader.read();
  push(chat.subarray(chat.lastIndexOf("data: {")));
  close();
  await reader.read();
  expect((await reader.read()).done).toBe(true);
  expect(await guard.ended).toMatchObject({ outcome: "complete" });
  expect(time.pending()).toBe(0);
});

it("reads no further than its reader does once it is handed out", async () => {
  const { guard, push, time, pulls } = guarded(sse);
  push(word);
  await guard.begun;
  const before = pulls();
  const reader = guard.response().body!.getReader();
  await reader.read();
  await time.advance(10);
  expect(pulls()).toBe(before);
  const next = reader.read();
  await time.advance(10);
  expect(pulls()).toBe(before + 1);
  push(word);
  await next;
});

it("takes a reader that is slow for no stall, and a server that is for one", async () => {
  const { guard, push, time, cancelled } = guarded(sse, { betweenTokensMs: 1_000 });
  push(word);
  await guard.begun;
  const reader = guard.response().body!.getReader();
  await reader.read();
  await time.advance(3_600_000);
  const next = reader.read();
  push(word);
  expect((await next).value).toEqual(word);
  const last = caught(reader.read());
  for (let pings = 0; pings < 9; pings++) {
    await time.advance(100);
    push(ping);
    await time.advance(0);
    if (pings === 0) await last;
    void caught(reader.read());
  }
  await time.advance(100);
  expect(await guard.ended).toMatchObject({ outcome: "truncated", reason: "stalled" });
  expect(isTruncatedResponseError(cancelled())).toBe(true);
  expect(time.pending()).toBe(0);
});

it("tells of an answer that breaks off before any of it could be handed out, with all that came of it", async () => {
  const { guard, push, close } = guarded(json, {
    url: "https://api.example/v1/chat?key=secret",
    attempts: [],
  });
  push(body.subarray(0, 300));
  close();
  const begun = await guard.begun;
  expect(begun).toMatchObject({ ended: { outcome: "truncated", reason: "json-open" } });
  const { error } = begun as { readonly error: TruncatedResponseError };
  expect(error.message).toBe("the answer of https://api.example/v1/chat is not whole: json-open");
  expect(error).toMatchObject({ code: "response-truncated", reason: "json-open", attempts: [] });
  expect(error.partial).toBe(new TextDecoder().decode(body.subarray(0, 300)));
  expect(await caught(guard.response().text())).toBe(error);
});

it("ends a stream with the error after the last bytes that came", async () => {
  const { guard, push, fail } = guarded(sse, { url: "https://x/y" });
  push(word);
  await guard.begun;
  const reader = guard.response().body!.getReader();
  await reader.read();
  push(word.subarray(0, 9));
  const reset = new TypeError("terminated");
  expect((await reader.read()).value).toHaveLength(9);
  fail(reset);
  const error = await caught(reader.read());
  expect(error).toMatchObject({ reason: "body-cut", partial: undefined, cause: reset });
});

it("hands out a failure that came before any content, as it is, and says so first", async () => {
  const { guard, push, close } = guarded(sse);
  const failure = events({ error: { code: "overloaded_error", message: "busy" } });
  push(failure);
  close();
  expect(await guard.begun).toMatchObject({
    ended: { outcome: "failed", error: { code: "overloaded_error" } },
    error: undefined,
  });
  expect(await guard.response().text()).toBe(failure.toString());
});

it("tells a failure of a stream that does not end after it", async () => {
  const { guard, push, time, cancelled } = guarded(sse);
  push(events({ error: { code: "overloaded_error", message: "busy" } }));
  await time.advance(5_000);
  expect(await guard.begun).toMatchObject({ ended: { outcome: "failed" } });
  expect(cancelled()).toBeUndefined();
});

it("ends an answer whose end was said although its bytes do not end", async () => {
  const { guard, push, time } = guarded(sse);
  push(messages);
  await guard.begun;
  const text = guard.response().text();
  await time.advance(5_000);
  expect(await text).toBe(messages.toString());
  expect(await guard.ended).toMatchObject({ outcome: "complete" });
  const held = guarded(json);
  held.push(body);
  await held.time.advance(5_000);
  expect(await held.guard.response().text()).toBe(body.toString());
});

it("takes an encoding whose end never comes for damaged", async () => {
  const { guard, push, time } = guarded(json, {}, { "content-encoding": "gzip" });
  push(body);
  await time.advance(5_000);
  expect(await guard.begun).toMatchObject({
    ended: { outcome: "truncated", reason: "encoding-cut" },
  });
});

it("hands out what is too long to be held, and tells its end all the same", async () => {
  const { guard, push, close, seen, time } = guarded(json, { maxHeldBytes: 400 });
  push(body.subarray(0, 300));
  await time.advance(10);
  expect(seen.begun).toBe(false);
  push(body.subarray(300, 500));
  expect(await guard.begun).toEqual({ begun: true });
  close();
  expect(isTruncatedResponseError(await caught(guard.response().text()))).toBe(true);
  expect(await guard.ended).toMatchObject({ outcome: "truncated", reason: "json-open" });
});

it.each([
  [{ firstTokenMs: Number.NaN }, "guardResponse: firstTokenMs must be a number from 0, got NaN"],
  [{ betweenTokensMs: -1 }, "guardResponse: betweenTokensMs must be a number from 0, got -1"],
  [{ maxHeldBytes: -1 }, "guardResponse: maxHeldBytes must be a number from 0, got -1"],
])("names the option that is wrong: %j", (options, message) => {
  expect(() => guardResponse(new Response(body), options)).toThrow(message);
});

it("holds nothing back where it is told to, nor limits what it holds", async () => {
  const { guard, push } = guarded(json, { maxHeldBytes: 0 });
  push(utf8("{"));
  expect(await guard.begun).toEqual({ begun: true });
  const other = guarded(json, { maxHeldBytes: Number.POSITIVE_INFINITY });
  other.push(body);
  other.close();
  expect(await other.guard.begun).toEqual({ begun: true });
  expect(await other.guard.ended).toMatchObject({ outcome: "complete" });
});

it("is told by its reader leaving: whole where all had come, else given up", async () => {
  const { guard, push, cancelled } = guarded(sse);
  push(word);
  await guard.begun;
  await guard.response().body!.cancel("enough");
  expect(await guard.ended).toMatchObject({ outcome: "aborted", reason: undefined });
  expect(cancelled()).toBe("enough");
  const other = guarded(sse);
  other.push(chat);
  await other.guard.begun;
  await other.guard.response().body!.cancel();
  expect(await other.guard.ended).toMatchObject({ outcome: "complete" });
});

it("ends with the caller's own reason, and no other, when the request is given up", async () => {
  const controller = new AbortController();
  const { guard, push, fail, time } = guarded(sse, { signal: controller.signal });
  push(word);
  await guard.begun;
  const reason = new Error("changed my mind");
  const reader = guard.response().body!.getReader();
  await reader.read();
  const next = caught(reader.read());
  controller.abort(reason);
  fail(reason);
  expect(await next).toBe(reason);
  expect(await guard.ended).toMatchObject({ outcome: "aborted" });
  expect(time.pending()).toBe(0);
});

it("gives up its connection when it is cancelled, at any time", async () => {
  for (const bytes of [undefined, first, word]) {
    const { guard, push, cancelled, time } = guarded(sse);
    if (bytes !== undefined) push(bytes);
    await time.advance(10);
    await guard.cancel("no more");
    expect(cancelled()).toBe("no more");
    expect(await guard.ended).toMatchObject({ outcome: "aborted" });
    await guard.begun;
    expect(time.pending()).toBe(0);
  }
});

it.each([
  ["its length was announced", { "content-length": "5" }, "complete"],
  ["its last chunk says so", { "transfer-encoding": "chunked" }, "complete"],
  [
    "its chunks end with the connection",
    { "transfer-encoding": "chunked", connection: "Close" },
    "unknown",
  ],
  ["it ends with the connection", {}, "unknown"],
  ["it was encoded", { "content-length": "5", "content-encoding": "gzip" }, "unknown"],
  [
    "it says that it was not encoded",
    { "content-length": "5", "content-encoding": "identity" },
    "complete",
  ],
])("takes a text for what its framing proves, where %s", async (_, headers, outcome) => {
  const { guard, push, close } = guarded("text/plain", {}, headers);
  expect(await guard.begun).toEqual({ begun: true });
  push(utf8("hello"));
  close();
  expect(await guard.response().text()).toBe("hello");
  expect(await guard.ended).toMatchObject({ outcome });
});

it("takes a stream of a form that it does not know for unknown, whatever its framing says", async () => {
  const { guard, push, close } = guarded(sse, {}, { "content-length": "9" });
  push(events({ tick: 1 }));
  expect(await guard.begun).toEqual({ begun: true });
  close();
  await guard.response().text();
  expect(await guard.ended).toMatchObject({ outcome: "unknown" });
});

it("says nothing of what is still encoded", async () => {
  const { guard, push, close } = guarded(json, {}, { "content-length": "9" });
  push(new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 123, 34, 1]));
  close();
  await guard.begun;
  expect(await guard.ended).toMatchObject({ outcome: "unknown" });
});

it.each([
  [{ name: "TypeError", cause: { code: "Z_BUF_ERROR" } }, "truncated", "encoding-cut"],
  [{ name: "Error", code: "ERR_BROTLI_COMPRESSION_FAILED" }, "truncated", "encoding-cut"],
  [{ name: "TypeError", cause: { code: "UND_ERR_SOCKET" } }, "truncated", "body-cut"],
  [{ name: "AbortError" }, "aborted", undefined],
])("tells from the error how the bytes ended: %j", async (error, outcome, reason) => {
  const { guard, push, fail } = guarded(sse);
  push(word);
  await guard.begun;
  fail(Object.assign(new Error("x"), error));
  await caught(guard.response().text());
  expect(await guard.ended).toMatchObject({ outcome, reason });
});

it("tells a failure that the provider reported from the connection that broke after it", async () => {
  const { guard, push, fail } = guarded(sse);
  push(word);
  await guard.begun;
  push(events({ error: { code: "server_error", message: "no" } }));
  const reset = new TypeError("terminated");
  const reader = guard.response().body!.getReader();
  await reader.read();
  await reader.read();
  fail(reset);
  expect(await caught(reader.read())).toBe(reset);
  expect(await guard.ended).toMatchObject({ outcome: "failed", error: { code: "server_error" } });
});

it("does not begin with half an event, or with the beginning of a list", async () => {
  const { push, seen, time } = guarded(sse);
  push(word.subarray(0, 20));
  await time.advance(1_000);
  expect(seen.begun).toBe(false);
  const held = guarded(json);
  held.push(utf8('[{"a":1},'));
  await held.time.advance(60_000);
  expect(held.seen).toEqual({ begun: false, ended: false });
});

it("streams a list of JSON where a stream was asked for", async () => {
  const { guard, push } = guarded(json, { isStream: true });
  push(utf8('[{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}\n,'));
  expect(await guard.begun).toEqual({ begun: true });
});

it("keeps the order of what is read at once", async () => {
  const { guard, push, close } = guarded(sse);
  push(word);
  await guard.begun;
  const reader = guard.response().body!.getReader();
  const reads = [reader.read(), reader.read(), reader.read()];
  push(utf8(": 1\n\n"));
  push(utf8(": 2\n\n"));
  const texts = (await Promise.all(reads)).map(({ value }) => new TextDecoder().decode(value));
  expect(texts).toEqual([word.toString(), ": 1\n\n", ": 2\n\n"]);
  close();
});

it("keeps what a response is: status, headers, url, redirected, type, and every cookie", async () => {
  const headers = new Headers([
    ["content-type", json],
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
  ]);
  const response = new Response(body, { status: 203, statusText: "Odd", headers });
  Object.defineProperties(response, { url: { value: "https://x/" }, redirected: { value: true } });
  const guard = guardResponse(response);
  await guard.begun;
  const out = guard.response();
  expect(out).toBeInstanceOf(Response);
  expect([out.status, out.statusText, out.url, out.redirected, out.type]).toEqual([
    203,
    "Odd",
    "https://x/",
    true,
    response.type,
  ]);
  expect(out.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  expect(await out.clone().json()).toEqual(await out.json());
});

it("leaves alone what has no body, or is no success", async () => {
  for (const [response, outcome] of [
    [new Response(null, { status: 204 }), "complete"],
    [new Response("no", { status: 500 }), "failed"],
    [new Response("there", { status: 302 }), "unknown"],
  ] as const) {
    const guard = guardResponse(response);
    expect(await guard.begun).toEqual({ begun: true });
    expect(guard.response()).toBe(response);
    expect(await guard.ended).toMatchObject({ outcome });
    await guard.cancel();
  }
  const guard = guardResponse(new Response(null));
  expect(await guard.begun).toMatchObject({ ended: { outcome: "truncated", reason: "empty" } });
});

it("cancels a stream that was dropped without being read", { retry: 2 }, async () => {
  const collect = (globalThis as { gc?: () => void }).gc ?? (await exposed());
  const source = fed(sse);
  source.push(word);
  await (async () => {
    const guard = guardResponse(source.response);
    await guard.begun;
    await guard.response().body!.getReader().read();
  })();
  for (let turns = 0; turns < 50 && source.cancelled() === "not cancelled"; turns++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(source.cancelled()).not.toBe("not cancelled");
});

async function exposed(): Promise<() => void> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
