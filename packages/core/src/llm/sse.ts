import { checkOptions, fail } from "../options.ts";
import { eventScanner, fieldsOf } from "./sse-scan.ts";

/** One event of an event stream. */
export interface ServerSentEvent {
  /** Its name: `"message"` if it has none. */
  readonly event: string;
  readonly data: string;
  /** The last id that the stream has set, `""` before the first. */
  readonly id: string;
  /** Milliseconds, where this event asks for a reconnection time. */
  readonly retry: number | undefined;
}

/** Options of `createSseReader()`. */
export interface SseReaderOptions {
  /** Takes each event that has data, in order, while `push` runs. */
  readonly onEvent: (event: ServerSentEvent) => void;
  /** The longest event that is kept, in bytes; a longer one is skipped. Default: 1 MiB. */
  readonly maxEventBytes?: number;
}

/** Reads an event stream. Its memory is bounded by `maxEventBytes`, and one piece of 16 KiB. */
export interface SseReader {
  push(bytes: Uint8Array): void;
  /** Whether the stream broke off inside an event, and how many events were skipped for their length. */
  end(): { readonly isCut: boolean; readonly skipped: number };
}

/** The longest event that is kept where nothing is said. */
export const defaultEventBytes = 1_048_576;

/** Bytes are taken in by pieces of this size, so that one long push needs no more memory than many short ones. */
export const pieceBytes = 16_384;

/**
 * Reads server-sent events (WHATWG HTML, "interpreting an event stream") from bytes that are split anywhere: every line ending, comments, a
 * byte order mark, data of several lines. Throws `invalid-option`, and what `onEvent` throws.
 */
export function createSseReader(options: SseReaderOptions): SseReader {
  checkOptions("createSseReader", options, ["onEvent", "maxEventBytes"]);
  const { onEvent } = options;
  if (typeof onEvent !== "function") fail("createSseReader: onEvent", "a function", onEvent);
  let id = "";
  const scanner = eventScanner(
    byteLimit("createSseReader: maxEventBytes", options.maxEventBytes, defaultEventBytes),
    (queue, from, to) => {
      const fields = fieldsOf(queue.bytes, from, to);
      id = fields.id ?? id;
      if (fields.data === undefined) return;
      onEvent({ event: fields.event || "message", data: fields.data, id, retry: fields.retry });
    },
    () => -1,
  );
  return {
    push(bytes) {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        scanner.push(bytes.subarray(at, at + pieceBytes));
      }
    },
    end: () => ({ isCut: scanner.unfinished() > 0, skipped: scanner.skipped() }),
  };
}

/** `value`, or `otherwise`: a number of bytes from 1 to 2³⁰. Throws `invalid-option` naming `option`. */
export function byteLimit(option: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (Number.isInteger(value) && value >= 1 && value <= 2 ** 30) return value;
  return fail(option, "a number of bytes from 1 to 1073741824", value);
}
