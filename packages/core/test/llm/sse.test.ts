import { createSseReader, type ServerSentEvent, type SseReaderOptions } from "@sluice/core/llm";
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decoded, utf8 } from "./recordings/recording.ts";

/** All events of `bytes`, pushed in pieces that end at `cuts`. */
function read(bytes: Uint8Array, cuts: readonly number[] = [], maxEventBytes = 1_048_576) {
  const events: ServerSentEvent[] = [];
  const reader = createSseReader({ onEvent: (event) => events.push(event), maxEventBytes });
  let from = 0;
  for (const cut of [...cuts].toSorted((one, other) => one - other)) {
    reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  reader.push(bytes.subarray(from));
  return { events, ...reader.end() };
}

/** The specification's own words, on the whole text at once. */
function reference(text: string): readonly ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  let [event, id, retry] = ["", "", undefined as number | undefined];
  let data: string[] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      if (data.length > 0)
        events.push({ event: event || "message", data: data.join("\n"), id, retry });
      [event, data, retry] = ["", [], undefined];
      continue;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") data.push(value);
    if (name === "event") event = value;
    if (name === "id" && !value.includes("\0")) id = value;
    if (name === "retry" && /^[0-9]+$/.test(value)) retry = Number(value);
  }
  return events;
}

const piece = fc.constantFrom(
  ..."data: |data:|data|event: |id: |id|retry: |:|: |\n|\r|\r\n|\n\n|\r\n\r\n|\ufeff|\0|x|12|é|日|\u{1f600}| |datax".split(
    "|",
  ),
);
const text = fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(""));
const cuts = (length: number) => fc.array(fc.nat({ max: length }), { maxLength: 8 });
const split = text.chain((source) => fc.tuple(fc.constant(source), cuts(utf8(source).length)));

describe("the event stream reader", () => {
  it("reads any text, split anywhere, as the specification says", () => {
    fc.assert(
      fc.property(split, ([source, at]) => {
        expect(read(utf8(source), at).events).toStrictEqual(reference(source));
      }),
      { numRuns: 1_000 },
    );
  });

  it("reads any bytes, split anywhere, as the specification says", () => {
    const bytes = fc.array(
      fc.constantFrom(0xef, 0xbb, 0xbf, 0xc3, 0xa9, 0xff, 10, 13, 58, 32, 100),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(bytes, cuts(30), (some, at) => {
        const source = Uint8Array.from([...utf8("data:"), ...some, ...utf8("\ndata:x\n\n")]);
        const inside = at.filter((cut) => cut < source.length);
        expect(read(source, inside).events).toStrictEqual(reference(decoded(source)));
      }),
    );
  });

  it("agrees with eventsource-parser on what that reads", () => {
    // It keeps a null in an id and takes no mark after the first byte, and is given no lone carriage return.
    const plain = fc.array(
      piece.filter((part) => !/[\0\ufeff\r]/.test(part)),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(plain, (parts) => {
        const source = parts.join("");
        const theirs: [string, string][] = [];
        const parser = createParser({
          onEvent: ({ event, data }) => theirs.push([event || "message", data]),
        });
        parser.feed(source);
        expect(read(utf8(source)).events.map(({ event, data }) => [event, data])).toStrictEqual(
          theirs,
        );
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["data: a\n\n", false],
    ["data: a\n", true],
    ["data: a", true],
    ["", false],
    ["data: a\r\n\r", false],
  ])("says of %j whether it broke off: %j", (source, isCut) => {
    expect(read(utf8(source)).isCut).toBe(isCut);
  });

  it("skips an event that is longer than the cap, wherever it is split, and reads the next", () => {
    const long = `data: ${"x".repeat(95)}`;
    for (const [ending, size] of [
      ["\n\n", 103],
      ["\r\n\r\n", 104],
    ] as const) {
      const source = utf8(`${long}${ending}data: y${ending}`);
      for (const [cap, count] of [
        [size, 2],
        [size - 1, 1],
      ] as const) {
        for (let cut = 0; cut <= source.length; cut++) {
          const { events, skipped } = read(source, [cut], cap);
          expect([cut, events.length, skipped]).toStrictEqual([cut, count, 2 - count]);
          expect(events.at(-1)!.data).toBe("y");
        }
        expect(read(source, [...source.keys()], cap).events).toHaveLength(count);
      }
    }
  });

  it("drops all lines of an event that is too long", () => {
    const source = utf8(`data: ${"x".repeat(95)}\ndata: more\n\ndata: y\n\n`);
    for (let cut = 0; cut <= source.length; cut++) {
      expect(read(source, [cut], 50).events.map(({ data }) => data)).toStrictEqual(["y"]);
    }
    expect(read(source, [...source.keys()], 50)).toMatchObject({ skipped: 1 });
  });

  it.each([
    [{}, "createSseReader: onEvent must be a function, got undefined"],
    [
      { onEvent() {}, maxEventBytes: 0 },
      "createSseReader: maxEventBytes must be a number of bytes from 1 to 1073741824, got 0",
    ],
    [
      { onEvent() {}, other: 1 },
      'createSseReader: option must be one of onEvent, maxEventBytes, got "other"',
    ],
  ])("refuses the options %j", (options, why) => {
    expect(() => createSseReader(options as unknown as SseReaderOptions)).toThrow(why);
  });
});
