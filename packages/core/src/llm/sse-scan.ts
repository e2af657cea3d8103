import { append, type ByteQueue, byteQueue, release } from "./byte-queue.ts";
import { decode } from "./text.ts";

/** Takes the event that is `queue.bytes` from `from` to `to`, its blank line included. */
export type TakeEvent = (queue: ByteQueue, from: number, to: number) => void;

/** Finds where events end in bytes that come in pieces, without decoding them (WHATWG HTML, server-sent events). */
export interface EventScanner {
  readonly push: (piece: Uint8Array) => void;
  /** Bytes after the last event that ended. */
  readonly pending: () => Uint8Array;
  /** Bytes of the event that has begun, kept or not. */
  readonly unfinished: () => number;
  /** Events that were longer than the cap. */
  readonly skipped: () => number;
}

const lf = 10;
const cr = 13;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * A scanner that hands every event to `take`, and before it looks for one's end offers the bytes to `known`, which says where an event
 * that it knows ends, or a negative number. An event of more than `maxEventBytes` is dropped as it comes.
 */
export function eventScanner(
  maxEventBytes: number,
  take: TakeEvent,
  known: (queue: ByteQueue, from: number, to: number) => number,
): EventScanner {
  const queue = byteQueue();
  let atStream = true;
  let dropped = 0;
  let skipped = 0;
  // From `queue.start`: what has been searched, and where the line begins.
  let searched = 0;
  let line = 0;
  let lineIsLong = false;
  let afterCr = false;

  function passByteOrderMark(): boolean {
    const { bytes, start, end } = queue;
    let same = 0;
    while (same < 3 && start + same < end && bytes[start + same] === byteOrderMark[same]) same++;
    if (same > 0 && same < 3 && start + same === end) return false;
    if (same === 3) queue.start += 3;
    atStream = false;
    return true;
  }

  // The end of the event that begins at `start`, or -1 if it is not there yet.
  function findEnd(start: number): number {
    const { bytes, end } = queue;
    let lineStart = start + line;
    for (let at = start + searched; at < end; at++) {
      const byte = bytes[at]!;
      if (byte > cr || (byte !== lf && byte !== cr)) continue;
      const isBlank = at === lineStart && !lineIsLong;
      const isSecondOfPair = byte === lf && afterCr && isBlank;
      lineStart = at + 1;
      lineIsLong = false;
      afterCr = byte === cr;
      if (isSecondOfPair || !isBlank) continue;
      if (afterCr && bytes[lineStart] === lf && lineStart < end) {
        lineStart++;
        afterCr = false;
      }
      return lineStart;
    }
    searched = end - start;
    line = lineStart - start;
    return -1;
  }

  // Without the second half of a pair that ends it: whether that has come yet must not matter.
  function isLong(start: number, end: number): boolean {
    const pair = queue.bytes[end - 2] === cr && queue.bytes[end - 1] === lf ? 1 : 0;
    return end - start - pair > maxEventBytes;
  }

  function drain(): void {
    let start = queue.start;
    while (start < queue.end) {
      if (searched === 0 && dropped === 0) {
        if (afterCr && queue.bytes[start] === lf) {
          start++;
          afterCr = false;
          continue;
        }
        const end = known(queue, start, queue.end);
        if (end > start && !isLong(start, end)) {
          start = end;
          afterCr = false;
          continue;
        }
      }
      const end = findEnd(start);
      if (end < 0) break;
      searched = 0;
      line = 0;
      if (dropped > 0 || isLong(start, end)) {
        dropped = 0;
        skipped++;
      } else {
        take(queue, start, end);
      }
      start = end;
    }
    release(queue, start);
  }

  function dropIfLong(): void {
    const kept = queue.end - queue.start;
    if (dropped === 0 && kept <= maxEventBytes) return;
    dropped += kept;
    lineIsLong ||= line < kept;
    searched = 0;
    line = 0;
    release(queue, queue.end);
  }

  return {
    push(piece) {
      append(queue, piece);
      if (atStream && !passByteOrderMark()) return;
      drain();
      if (queue.end - queue.start > maxEventBytes || dropped > 0) dropIfLong();
    },
    pending: () => queue.bytes.subarray(queue.start, queue.end),
    unfinished: () => dropped + queue.end - queue.start,
    skipped: () => skipped,
  };
}

/** The fields of one event, as they stand in it. */
export interface EventFields {
  readonly event: string | undefined;
  /** Its data lines, joined by line feeds, or `undefined` if it has none. */
  readonly data: string | undefined;
  readonly id: string | undefined;
  readonly retry: number | undefined;
}

/** The fields of the event in `bytes` from `from` to `to`. */
export function fieldsOf(bytes: Uint8Array, from: number, to: number): EventFields {
  let event: string | undefined;
  let data: string | undefined;
  let id: string | undefined;
  let retry: number | undefined;
  for (let start = from; start < to;) {
    const end = lineEnd(bytes, start, to);
    const colon = colonOf(bytes, start, end);
    const value = bytes[colon + 1] === 32 && colon + 1 < end ? colon + 2 : Math.min(colon + 1, end);
    switch (nameOf(bytes, start, colon)) {
      case "data": {
        const text = decode(bytes.subarray(value, end));
        data = data === undefined ? text : `${data}\n${text}`;
        break;
      }
      case "event":
        event = decode(bytes.subarray(value, end));
        break;
      case "id": {
        const text = decode(bytes.subarray(value, end));
        if (!text.includes("\0")) id = text;
        break;
      }
      case "retry": {
        const text = decode(bytes.subarray(value, end));
        if (/^\d+$/.test(text)) retry = Number(text);
        break;
      }
      default:
    }
    start = end + (bytes[end] === cr && bytes[end + 1] === lf && end + 1 < to ? 2 : 1);
  }
  return { event, data, id, retry };
}

/** Where the line that begins at `start` ends. */
export function lineEnd(bytes: Uint8Array, start: number, to: number): number {
  let at = start;
  while (at < to && bytes[at] !== lf && bytes[at] !== cr) at++;
  return at;
}

function colonOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== 58) at++;
  return at;
}

const names: readonly (readonly [string, Uint8Array])[] = ["data", "event", "id", "retry"].map(
  (name) => [name, Uint8Array.from(name, (letter) => letter.charCodeAt(0))],
);

function nameOf(bytes: Uint8Array, start: number, end: number): string {
  for (const [name, letters] of names) {
    if (letters.length !== end - start) continue;
    let same = 0;
    while (same < letters.length && bytes[start + same] === letters[same]) same++;
    if (same === letters.length) return name;
  }
  return "";
}
