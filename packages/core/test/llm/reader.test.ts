import {
  createResponseReader,
  type Format,
  formats,
  type ResponseReaderOptions,
} from "@sluice/core/llm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readSplit } from "./feed.ts";
import { frame } from "./recordings/bedrock.ts";
import { json, jsonType, named, sse, stream, utf8 } from "./recordings/recording.ts";

const frames = "application/vnd.amazon.eventstream";
const types = [sse, jsonType, "application/x-ndjson", frames, "text/html", null];
const delta = (content: string): object => ({
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: { content } }],
});

const created = (number: string): string =>
  `{"created":${number},"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"b"}}]}`;

const withDelta = (members: string): string =>
  `{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{${members}}}]}`;

describe("the response reader", () => {
  it.each([
    [
      "an object that a bracket closes",
      '{]data: {"choices":[{"delta":{"content":""}}]}',
      "application/x-ndjson",
    ],
    ["a zero that is not the first byte", "\u0001\u0000", null],
  ])("reads byte by byte as in one piece: %s", (_, text, contentType) => {
    const bytes = utf8(text);
    const options = { contentType, format: "auto" } as const;
    expect(readSplit(bytes, bytes.keys(), options)).toStrictEqual(readSplit(bytes, [], options));
  });

  it("never throws, and reads the same in one piece and in two, whatever the bytes", () => {
    const words = fc.constantFrom(
      'data: {"choices":[{"delta":{"content":"',
      '"}}]}',
      "\n\n",
      "\r\n",
      "[DONE]",
      "{",
      "}",
      "[",
      "]",
      '"',
      "\\",
      '"usage":{"completion_tokens":',
      "9",
      ",",
      "event: error\n",
      "\ud83d",
      "é",
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(words, { maxLength: 40 }).map((parts) => utf8(parts.join(""))),
    );
    const formatOf = fc.constantFrom<Format | "auto">("auto", ...formats);
    fc.assert(
      fc.property(
        bytes,
        fc.nat({ max: 200 }),
        fc.constantFrom(...types),
        formatOf,
        (body, cut, contentType, format) => {
          const options = { contentType, format, maxEventBytes: 100, maxBodyBytes: 150 };
          const whole = readSplit(body, [], options);
          expect(readSplit(body, [Math.min(cut, body.length)], options)).toStrictEqual(whole);
          expect(readSplit(body, body.keys(), options)).toStrictEqual(whole);
          expect(whole.isEstimated || whole.usage !== undefined).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("counts a text that it does not parse as one that it does", () => {
    const letter = fc.constantFrom(
      "a",
      " ",
      '"',
      "\\",
      "\n",
      "\0",
      "\u007f",
      "\u0080",
      "\u07ff",
      "\u0800",
      "日",
      "\uffff",
      "\u{1f600}",
      "\u{10ffff}",
      "\ud800",
      "\udc00",
    );
    const anyText = fc.array(letter, { maxLength: 8 }).map((letters) => letters.join(""));
    fc.assert(
      fc.property(
        fc.array(anyText, { minLength: 2, maxLength: 6 }),
        fc.boolean(),
        (texts, isEscaped) => {
          const events = texts.map((text) => {
            const data = JSON.stringify(delta(text));
            return isEscaped
              ? data.replaceAll(
                  /[^\0-\x7e]/g,
                  (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
                )
              : data;
          });
          // One reader for each event knows no shape to compare with.
          const apart = events.map((event) => readSplit(stream(event), []).outputBytes);
          const together = readSplit(stream(delta("first"), ...events), []);
          expect(together.outputBytes).toBe(5 + apart.reduce((sum, bytes) => sum + bytes, 0));
          expect(together.skipped).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    [
      "a field more",
      '{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"length"}]}',
      { finish: "cut" },
    ],
    [
      "another index",
      '{"object":"chat.completion.chunk","choices":[{"index":1,"delta":{"content":"b"}}]}',
      { outputBytes: 3 },
    ],
    [
      "a bad escape",
      '{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"\\x"}}]}',
      { skipped: 1 },
    ],
    [
      "a control character",
      '{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"\u0001"}}]}',
      { skipped: 1 },
    ],
    [
      "a cut escape",
      '{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"\\u00"}}]}',
      { skipped: 1 },
    ],
    [
      "no text",
      '{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""}}]}',
      { contentEvents: 2 },
    ],
  ])("parses an event that differs from the one before by %s", (_, event, expected) => {
    expect(readSplit(stream(delta("a"), delta("a"), event), [])).toMatchObject(expected);
  });

  it("parses an event that has its text in two places, or below an escaped key", () => {
    const two = ['"content":"a","reasoning":""', '"content":"b","reasoning":"cc"'];
    expect(readSplit(stream(...two.map(withDelta)), [])).toMatchObject({ outputBytes: 4 });
    const escaped = ['"content":"a","conten\\u0074":"a"', '"content":"bbb","conten\\u0074":"a"'];
    expect(readSplit(stream(...escaped.map(withDelta)), [])).toMatchObject({ outputBytes: 2 });
  });

  it("does not take a bad number for one that it need not read", () => {
    expect(
      readSplit(stream(created("1"), created("12"), created("0"), created("01"), created("")), []),
    ).toMatchObject({ contentEvents: 3, skipped: 2 });
  });

  it("estimates while text streams, and says what the provider counted when it comes", () => {
    const reader = createResponseReader();
    const seen = ["a".repeat(8), "b".repeat(8)].map((text) => ({
      ...reader.push(stream(delta(text))),
    }));
    expect(
      seen.map(({ outputTokens, contentEvents }) => [outputTokens, contentEvents]),
    ).toStrictEqual([
      [2, 1],
      [4, 2],
    ]);
    const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
    expect(reader.push(stream({ choices: [], usage }))).toMatchObject({
      outputTokens: 3,
      inputTokens: 9,
    });
    expect(reader.push(stream({}))).toBe(reader.progress);
  });

  it("takes no comment, ping or empty event for content", () => {
    const reader = createResponseReader({ format: "anthropic", contentType: sse });
    reader.push(utf8(": keep-alive\n\n"));
    reader.push(named({ type: "ping" }));
    reader.push(utf8("\n\n\n"));
    expect(reader.progress.contentEvents).toBe(0);
  });

  it("says how many bytes of a push belong to events that have ended", () => {
    const reader = createResponseReader({ contentType: sse });
    const bytes = stream(delta("a"), delta("b"));
    const half = bytes.length / 2;
    expect(reader.push(bytes.subarray(0, half - 3)).boundary).toBe(0);
    expect(reader.push(bytes.subarray(half - 3, half + 4)).boundary).toBe(3);
    expect(reader.push(bytes.subarray(half + 4)).boundary).toBe(half - 4);
  });

  it("recognises nothing where two formats claim an event", () => {
    const both = {
      ...delta("a"),
      candidates: [{ content: { parts: [{ text: "b" }] }, finishReason: "STOP" }],
    };
    expect(readSplit(stream(both, delta("b")), [])).toMatchObject({
      format: undefined,
      isEstimated: true,
      outputBytes: 0,
      outcome: "unknown",
    });
  });

  it.each([
    ["text/html", "<html>", "unknown", undefined],
    ["text/plain", 'data: {"choices":[]}\n\n', "unknown", undefined],
    [null, "Internal Server Error", "unknown", undefined],
    [jsonType, '{"object":"list","data":[]}', "complete", "json"],
    [jsonType, '{"a":', "truncated", "json"],
    [sse, "", "truncated", "sse"],
    [sse, ": nothing\n\n", "truncated", "sse"],
    [sse, 'data: {"some":1}\n\ndata: [DONE]\n\n', "complete", "sse"],
    [sse, 'data: {"some":1}\n\n', "unknown", "sse"],
    ["application/problem+json", '{"error":"no"}', "failed", "json"],
  ])("of %j and %j says %j", (contentType, body, outcome, framing) => {
    expect(readSplit(utf8(body), [], { contentType })).toMatchObject({
      outcome,
      framing,
      isEstimated: true,
    });
  });

  it("keeps no more than its caps, and marks what it could not keep", () => {
    const long = stream(
      delta("a".repeat(500)),
      delta("b"),
      {
        choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
        usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      },
      "[DONE]",
    );
    expect(readSplit(long, [], { maxEventBytes: 300 })).toMatchObject({
      skipped: 1,
      outputTokens: 2,
      outcome: "complete",
    });
    const body = json({
      object: "chat.completion",
      choices: [{ index: 0, message: { content: "c".repeat(400) }, finish_reason: "stop" }],
    });
    for (const cuts of [[], body.keys()]) {
      const reading = readSplit(body, cuts, { maxBodyBytes: 300, contentType: jsonType });
      expect(reading).toMatchObject({ skipped: 1, isEstimated: true, outcome: "unknown" });
      expect(reading.outputBytes).toBeGreaterThan(200);
    }
    const list = utf8(`[${"[".repeat(1_000)}"${"x".repeat(1_000)}`);
    expect(readSplit(list, [], { contentType: jsonType })).toMatchObject({
      truncation: "json-open",
    });
    const message = frame(
      { ":event-type": "contentBlockDelta" },
      { delta: { text: "d".repeat(500) } },
    );
    const stop = frame({ ":event-type": "messageStop" }, { stopReason: "end_turn" });
    const both = Uint8Array.from([...message, ...stop]);
    for (const cuts of [[], both.keys()]) {
      expect(readSplit(both, cuts, { maxEventBytes: 300, contentType: frames })).toMatchObject({
        skipped: 1,
        finish: "complete",
        isEstimated: true,
      });
    }
  });

  it("reads bodies that come one by one as it reads them all at once", () => {
    const one = utf8(
      '{"object":"chat.completion","choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}\n',
    );
    const both = Uint8Array.from([...one, ...one]);
    const together = readSplit(both, []);
    expect(together).toMatchObject({ framing: "lines", contentEvents: 2 });
    expect(readSplit(both, [one.length])).toStrictEqual(together);
    expect(readSplit(both, both.keys())).toStrictEqual(together);
  });

  it("does not grow with a stream that never ends an event", () => {
    const reader = createResponseReader({ contentType: sse, maxEventBytes: 1_000 });
    const piece = utf8("x".repeat(10_000));
    for (let sent = 0; sent < 5_000; sent++) reader.push(piece);
    expect(reader.end()).toMatchObject({
      outcome: "truncated",
      truncation: "event-cut",
      isEstimated: true,
    });
  });

  it("makes an error's words one bounded line", () => {
    const { error } = readSplit(
      stream({ error: { code: "a\r\nb".repeat(100), message: "x\n\u0085y".repeat(1_000) } }),
      [],
    );
    expect(error!.code.length).toBeLessThanOrEqual(100);
    expect(error!.message.length).toBeLessThanOrEqual(500);
    expect(error!.code + error!.message).not.toMatch(/[\p{Cc}]/u);
  });

  it("reads nothing after its end, whose reading stays", () => {
    const reader = createResponseReader({ contentType: sse });
    reader.push(stream(delta("abcd")));
    const reading = reader.end();
    reader.push(stream(delta("abcd")));
    expect(reader.end()).toStrictEqual(reading);
  });

  it.each([
    [{ format: "openAI" }, 'createResponseReader: format must be "auto" or one of openai,'],
    [{ count: 4 }, "createResponseReader: count must be a function, got 4"],
    [
      { maxBodyBytes: 0.5 },
      "createResponseReader: maxBodyBytes must be a number of bytes from 1 to 1073741824, got 0.5",
    ],
    [{ cap: 1 }, "createResponseReader: option must be one of format,"],
  ])("refuses the options %j", (options, why) => {
    expect(() => createResponseReader(options as unknown as ResponseReaderOptions)).toThrow(why);
  });
});
