import { checkOptions, fail } from "../options.ts";
import { type Format, formats } from "./format.ts";
import { framingOfBytes, framingOfType } from "./framing.ts";
import type { Progress, Reading } from "./reading.ts";
import { outcomeOf } from "./reading.ts";
import { byteLimit, defaultEventBytes, pieceBytes } from "./sse.ts";
import { type Decoder, decoderOf } from "./stream-decoders.ts";
import {
  emptyTally,
  finishSoFar,
  hasFinished,
  isBelieved,
  outputTokens,
  usageSoFar,
} from "./tally.ts";
import type { CountTokens } from "./tokens.ts";
import { wireFormats } from "./wire-formats.ts";

/** Options of `createResponseReader()`. */
export interface ResponseReaderOptions {
  /** Default: `"auto"`, by the first event or body that is decisively of one format; `undefined` where two would claim it. */
  readonly format?: Format | "auto";
  /** The response's Content-Type, which says the framing. Default: the first byte says it. */
  readonly contentType?: string | null;
  /** Counts tokens of text for the estimate. Default: bytes of UTF-8 / 4, which is characters / 4 in English. */
  readonly count?: CountTokens;
  /** The longest event that is kept, in bytes; a longer one is skipped. Default: 1 MiB. */
  readonly maxEventBytes?: number;
  /** The longest JSON body that is kept; of a longer one the output is estimated from its beginning. Default: 8 MiB. */
  readonly maxBodyBytes?: number;
}

/** Reads one response as it passes. */
export interface ResponseReader {
  /** Takes bytes, split anywhere, of which it keeps no reference. The answer is one object, changed in place. Never throws. */
  push(bytes: Uint8Array): Progress;
  /** The reading, at the end of the body or where it broke off. Bytes pushed after it are not read. */
  end(): Reading;
  readonly progress: Progress;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * A reader of a model's response, whole or streamed: what it used, how it finished, and whether it is all there. It takes the bytes after
 * any Content-Encoding is undone. Memory is bounded by the caps. Throws `invalid-option`.
 */
export function createResponseReader(options: ResponseReaderOptions = {}): ResponseReader {
  const name = "createResponseReader";
  checkOptions(name, options, ["format", "contentType", "count", "maxEventBytes", "maxBodyBytes"]);
  const { format = "auto", contentType, count } = options;
  if (format !== "auto" && !formats.includes(format)) {
    fail(`${name}: format`, `"auto" or one of ${formats.join(", ")}`, format);
  }
  if (count !== undefined && typeof count !== "function")
    fail(`${name}: count`, "a function", count);
  const caps = {
    maxEventBytes: byteLimit(`${name}: maxEventBytes`, options.maxEventBytes, defaultEventBytes),
    maxBodyBytes: byteLimit(`${name}: maxBodyBytes`, options.maxBodyBytes, 8_388_608),
  };
  const tally = emptyTally(format === "auto" ? undefined : wireFormats[format]);
  const progress: Writable<Progress> = {
    format: format === "auto" ? undefined : format,
    outputTokens: 0,
    inputTokens: undefined,
    contentEvents: 0,
    finish: undefined,
    ended: false,
    error: undefined,
    boundary: 0,
  };
  let framing = contentType ? framingOfType(contentType) : undefined;
  let decoder: Decoder | undefined;
  let hasBegun = false;
  let isOver = false;
  // Events that were read: only then is there more to look at than the text.
  let seen = 0;

  function start(bytes: Uint8Array): Decoder | undefined {
    framing ??= framingOfBytes(bytes, !hasBegun);
    hasBegun ||= bytes.length > 0;
    if (framing === undefined || framing === "unread") return undefined;
    decoder = decoderOf(framing, {
      tally,
      count,
      caps,
      recognised: (found) => (progress.format = found),
    });
    return decoder;
  }

  function update(): void {
    progress.contentEvents = tally.contentEvents;
    progress.outputTokens = outputTokens(tally, count);
    if (tally.events === seen) return;
    seen = tally.events;
    progress.inputTokens = tally.counts?.input === undefined ? undefined : usageSoFar(tally)?.input;
    progress.finish = finishSoFar(tally);
    progress.ended = tally.ended;
    progress.error = tally.error;
  }

  return {
    progress,
    push(bytes) {
      const reads = isOver ? undefined : (decoder ?? start(bytes));
      progress.boundary = 0;
      if (reads === undefined) return progress;
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        reads.push(bytes.length <= pieceBytes ? bytes : bytes.subarray(at, at + pieceBytes));
      }
      progress.boundary = Math.max(0, bytes.length - reads.unfinished());
      update();
      return progress;
    },
    end() {
      const reads = isOver ? undefined : decoder;
      isOver = true;
      const ending = decoder?.end(reads !== undefined) ?? {
        framing: framing === "unread" ? undefined : framing,
        isBody: false,
        cut: "empty" as const,
        skipped: 0,
      };
      update();
      const outcome = outcomeOf(tally, ending);
      const isBody = ending.isBody && ending.cut === undefined;
      // Where an event of its own ends a stream, usage may still grow before it.
      const isLast = tally.ended || tally.wire?.ends !== "event";
      const isFinal = isBody || (hasFinished(tally) && isLast);
      return {
        format: progress.format,
        outputTokens: progress.outputTokens,
        inputTokens: progress.inputTokens,
        contentEvents: progress.contentEvents,
        finish: progress.finish,
        ended: progress.ended,
        error: progress.error,
        framing: ending.framing,
        usage: usageSoFar(tally),
        isEstimated: !isFinal || !isBelieved(tally) || tally.counts?.input === undefined,
        outputBytes: tally.outputBytes,
        skipped: ending.skipped,
        outcome: typeof outcome === "string" ? outcome : "truncated",
        truncation: typeof outcome === "string" ? undefined : outcome.truncation,
      };
    },
  };
}
