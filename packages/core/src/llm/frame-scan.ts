import { append, byteQueue, release } from "./byte-queue.ts";
import { decode } from "./text.ts";

/** One message of an event stream of AWS (`application/vnd.amazon.eventstream`). */
export interface Frame {
  /** The headers that are strings, such as `:message-type`, `:event-type`, `:exception-type`. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

/** Finds messages in bytes that come in pieces. */
export interface FrameScanner {
  readonly push: (piece: Uint8Array) => void;
  /** Bytes of the message that has begun. */
  readonly unfinished: () => number;
  /** Messages that were longer than the cap. */
  readonly skipped: () => number;
  /** Whether a checksum or a length was wrong. What follows is not read: where a message begins is no longer known. */
  readonly isBroken: () => boolean;
}

const preludeBytes = 12;
const least = 16;

/**
 * A scanner that hands each message to `take`; its payload holds until `take` returns. A message is two lengths and their CRC-32, headers,
 * payload, and a CRC-32 of it all, big-endian. One of more than `maxEventBytes` is dropped as it comes, unchecked.
 */
export function frameScanner(maxEventBytes: number, take: (frame: Frame) => void): FrameScanner {
  const queue = byteQueue();
  let toDrop = 0;
  let skipped = 0;
  let isBroken = false;

  function drain(): void {
    for (;;) {
      const { bytes, view, start, end } = queue;
      const dropping = Math.min(toDrop, end - start);
      toDrop -= dropping;
      if (dropping > 0) queue.start += dropping;
      else if (end - start < preludeBytes) break;
      else {
        const total = view.getUint32(start);
        const headers = view.getUint32(start + 4);
        const isSound = view.getUint32(start + 8) === crc32(bytes, start, start + 8);
        if (!isSound || total < least + headers) {
          isBroken = true;
          break;
        }
        if (total > maxEventBytes) {
          toDrop = total;
          skipped++;
          continue;
        }
        if (end - start < total) break;
        const stop = start + total - 4;
        if (view.getUint32(stop) !== crc32(bytes, start, stop)) {
          isBroken = true;
          break;
        }
        const payloadFrom = start + preludeBytes + headers;
        take({
          headers: headersOf(bytes, view, start + preludeBytes, payloadFrom),
          payload: bytes.subarray(payloadFrom, stop),
        });
        queue.start = start + total;
      }
      if (queue.start === queue.end) break;
    }
    release(queue, isBroken ? queue.end : queue.start);
  }

  return {
    push(piece) {
      if (isBroken) return;
      append(queue, piece);
      drain();
    },
    unfinished: () => toDrop + queue.end - queue.start,
    skipped: () => skipped,
    isBroken: () => isBroken,
  };
}

// The bytes of a value of each type that has a fixed length; 6 and 7 carry theirs: bytes, and a string.
const fixedBytes: readonly number[] = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];
const stringType = 7;

function headersOf(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = from; at < to;) {
    const valueAt = at + 2 + bytes[at]!;
    if (valueAt + 2 > to && fixedBytes[bytes[valueAt - 1]!] !== 0) break;
    const type = bytes[valueAt - 1]!;
    const fixed = fixedBytes[type];
    if (fixed === undefined || valueAt > to) break;
    const length = fixed < 0 ? view.getUint16(valueAt) : fixed;
    const start = fixed < 0 ? valueAt + 2 : valueAt;
    if (start + length > to) break;
    if (type === stringType) {
      const name = decode(bytes.subarray(at + 1, valueAt - 1));
      headers.set(name, decode(bytes.subarray(start, start + length)));
    }
    at = start + length;
  }
  return headers;
}

const crcTable: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

/** The CRC-32 (ISO 3309, as in gzip) of `bytes` from `from` to `to`. */
function crc32(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  for (let at = from; at < to; at++) crc = (crc >>> 8) ^ crcTable[(crc ^ bytes[at]!) & 255]!;
  return ~crc >>> 0;
}
