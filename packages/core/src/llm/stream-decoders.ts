import type { Facts, Format } from "./format.ts";
import { frameScanner } from "./frame-scan.ts";
import type { Framing } from "./framing.ts";
import { jsonScanner } from "./json-scan.ts";
import { walkScalars } from "./json-walk.ts";
import { knownEvents } from "./known-events.ts";
import { errorOf } from "./provider-error.ts";
import type { Ending } from "./reading.ts";
import { found } from "./skeleton.ts";
import { eventScanner, fieldsOf } from "./sse-scan.ts";
import { addFacts, addText, type Tally } from "./tally.ts";
import { decode, endsInSequence, utf8Bytes } from "./text.ts";
import { type CountTokens, textOfString, tokensOfBytes } from "./tokens.ts";
import { allTextKeys, recognise, wireFormats } from "./wire-formats.ts";

const colon = 58;

/** Turns the bytes of one framing into what they say, and adds it to a tally. */
export interface Decoder {
  readonly push: (piece: Uint8Array) => void;
  /** Bytes of an event that has not ended. */
  readonly unfinished: () => number;
  /** What the bytes say at their end; an event that only lacks its last line end is read then, if `isFirst`. */
  readonly end: (isFirst: boolean) => Ending;
}

/** What a decoder works for. */
export interface DecoderContext {
  readonly tally: Tally;
  readonly count: CountTokens | undefined;
  readonly caps: { readonly maxEventBytes: number; readonly maxBodyBytes: number };
  readonly recognised: (format: Format) => void;
}

/** The decoder of `framing`. */
export function decoderOf(framing: Framing, context: DecoderContext): Decoder {
  if (framing === "sse") return sseDecoder(context);
  return framing === "frames" ? frameDecoder(context) : jsonDecoder(framing, context);
}

/** A function that adds a parsed event to the tally, in the format that is known or that it decides, and says what it added. */
function reading({
  tally,
  count,
  recognised,
}: DecoderContext): (value: unknown, name: string) => Facts {
  let isConflict = false;
  return (value, name) => {
    if (tally.wire === undefined && !isConflict) {
      const format = recognise(value);
      if (format === "conflict") isConflict = true;
      else if (format !== undefined) {
        recognised(format);
        tally.wire = wireFormats[format];
      }
    }
    const facts = tally.wire?.read(value, name) ?? { text: "", error: errorOf(value) };
    addFacts(tally, facts, count);
    return facts;
  };
}

// Whether an event said nothing but its text, so that one with another text says nothing else either.
function isOnlyText({ text, counts, choices, ended, error }: Facts): boolean {
  const isOver = ended === true || error !== undefined || counts !== undefined;
  return text !== "" && !isOver && (choices ?? []).every(({ finish }) => finish === undefined);
}

function sseDecoder(context: DecoderContext): Decoder {
  const { tally, count } = context;
  const known = knownEvents();
  const read = reading(context);
  let unread = 0;

  // Undefined if the data is no JSON.
  function take(data: string, name: string): Facts | undefined {
    if (data === "[DONE]") {
      // Of a format that ends otherwise it is a proxy's, and no proof.
      const facts = { text: "", ended: tally.wire?.ends !== "event" };
      addFacts(tally, facts, count);
      return facts;
    }
    const value = parsed(data);
    return value === undefined ? undefined : read(value, name);
  }

  function addKnown(bytes: Uint8Array): void {
    const text = count === undefined ? "" : textOfString(bytes, found.from, found.to);
    addText(tally, text, found.textBytes, count);
  }

  const scanner = eventScanner(
    context.caps.maxEventBytes,
    (queue, from, to) => {
      // It had not all come when its bytes were first looked at.
      if (known.match(queue, from, to) === to) return addKnown(queue.bytes);
      const { event, data } = fieldsOf(queue.bytes, from, to);
      if (data === undefined || data === "") return;
      const facts = take(data, event ?? "");
      if (facts === undefined) unread++;
      else if (tally.wire !== undefined && isOnlyText(facts)) {
        known.learn(queue, from, to, facts.text, tally.wire);
      }
    },
    (queue, from, to) => {
      const end = known.match(queue, from, to);
      if (end > from) addKnown(queue.bytes);
      return end;
    },
  );
  return {
    push: scanner.push,
    unfinished: scanner.unfinished,
    end(isFirst) {
      const rest = scanner.pending();
      const { event, data } = fieldsOf(rest, 0, rest.length);
      const isLong = scanner.unfinished() > rest.length;
      // A comment that breaks off is no loss, and some servers leave out the last blank line.
      const isNothing = !isLong && (rest.length === 0 || rest[0] === colon);
      const isWhole =
        isNothing || (isFirst && data !== undefined && take(data, event ?? "") !== undefined);
      const skipped = unread + scanner.skipped();
      const openCut = endsInSequence(rest, 0, rest.length) ? "utf8-cut" : "event-cut";
      const closedCut = tally.events + skipped === 0 ? "empty" : undefined;
      const cut = isWhole || tally.ended ? closedCut : openCut;
      return { framing: "sse", isBody: false, cut, skipped };
    },
  };
}

function jsonDecoder(framing: "json" | "lines", context: DecoderContext): Decoder {
  const { tally, count } = context;
  const read = reading(context);
  let unread = 0;
  const addBroken = (json: Uint8Array): void => {
    const bytes = textBytesIn(json, tally.wire?.textKeys ?? allTextKeys);
    addText(tally, "", bytes, undefined);
    if (count !== undefined) tally.counted += tokensOfBytes(bytes);
  };
  const scanner = jsonScanner(
    context.caps,
    (json) => {
      const value = parsed(decode(json));
      if (value !== undefined) read(value, "");
      return value !== undefined;
    },
    (json) => {
      const value = parsed(decode(json));
      if (value === undefined) unread++;
      else read(value, "");
    },
    addBroken,
  );
  return {
    push: scanner.push,
    unfinished: scanner.unfinished,
    end(isFirst) {
      const rest = scanner.pending();
      const isOpen = scanner.isOpen();
      if (isOpen && isFirst) addBroken(rest);
      const inCharacter = isOpen && endsInSequence(rest, 0, rest.length);
      const openCut = inCharacter ? "utf8-cut" : "json-open";
      // Without a content type that says so, more than one object shows that it is none's body.
      const isLines = framing === "lines" || scanner.objects() > (isOpen ? 0 : 1);
      return {
        framing: isLines && !scanner.isList() ? "lines" : "json",
        isBody: !isLines && !scanner.isList(),
        cut: isOpen ? openCut : scanner.hasBegun() ? undefined : "empty",
        skipped: unread + scanner.skipped(),
      };
    },
  };
}

function frameDecoder(context: DecoderContext): Decoder {
  const { tally } = context;
  const read = reading(context);
  let unread = 0;
  if (tally.wire === undefined) {
    context.recognised("bedrock");
    tally.wire = wireFormats.bedrock;
  }
  const scanner = frameScanner(context.caps.maxEventBytes, ({ headers, payload }) => {
    const event = headers.get(":event-type");
    // What InvokeModelWithResponseStream sends: the model's own format, in base64.
    if (event === "chunk") unread++;
    else {
      const name = event ?? headers.get(":exception-type") ?? headers.get(":error-code") ?? "error";
      const value = parsed(decode(payload)) ?? { message: headers.get(":error-message") };
      read(value, name);
    }
  });
  return {
    push: scanner.push,
    unfinished: scanner.unfinished,
    end() {
      const skipped = unread + scanner.skipped() + (scanner.isBroken() ? 1 : 0);
      const isCut = scanner.isBroken() || scanner.unfinished() > 0;
      return {
        framing: "frames",
        isBody: false,
        cut: isCut ? "event-cut" : tally.events + skipped === 0 ? "empty" : undefined,
        skipped,
      };
    },
  };
}

/** The value of a JSON text, or `undefined` if it is none. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The text below `keys` in JSON that breaks off, in bytes of UTF-8. */
function textBytesIn(json: Uint8Array, keys: readonly string[]): number {
  let total = 0;
  walkScalars(json, 0, json.length, (key, from, to, isString) => {
    if (!isString || !keys.includes(key)) return;
    // Where an escape is cut the raw length must do.
    total += utf8Bytes(textOfString(json, from, to)) || to - from;
  });
  return total;
}
