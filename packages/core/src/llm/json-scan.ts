import { append, byteQueue, release } from "./byte-queue.ts";

/** Finds whole JSON objects in bytes that come in pieces: one body, one after another, or the elements of one list. */
export interface JsonScanner {
  readonly push: (piece: Uint8Array) => void;
  /** Whether a value has begun and not ended. */
  readonly isOpen: () => boolean;
  /** Whether anything but white space has come. */
  readonly hasBegun: () => boolean;
  /** Objects that have ended. */
  readonly objects: () => number;
  /** Whether the text is one list. */
  readonly isList: () => boolean;
  /** What is kept of the object that has not ended. */
  readonly pending: () => Uint8Array;
  /** The length of that. */
  readonly unfinished: () => number;
  /** Objects that were longer than the cap. */
  readonly skipped: () => number;
}

/** Options of `jsonScanner`, all in bytes. */
export interface JsonCaps {
  /** For the first object, if it is not in a list. */
  readonly maxBodyBytes: number;
  readonly maxEventBytes: number;
}

/**
 * A scanner that hands each object to `take`. What comes first and looks like a whole body goes to `takeFirst`, which says whether it is one, and
 * takes nothing of it otherwise. Of one longer than its cap, what is kept goes to `takeLong` as soon as that is known. It does not check that the
 * JSON is well formed.
 */
export function jsonScanner(
  caps: JsonCaps,
  takeFirst: (json: Uint8Array) => boolean,
  take: (json: Uint8Array) => void,
  takeLong: (start: Uint8Array) => void,
): JsonScanner {
  const queue = byteQueue();
  let level = 0;
  // The level of the objects: 1 inside a list.
  let base = 0;
  let inString = false;
  let isEscaped = false;
  let hasBegun = false;
  let isKeeping = false;
  let objects = 0;
  let skipped = 0;

  const cap = (): number => (objects === 0 && base === 0 ? caps.maxBodyBytes : caps.maxEventBytes);

  function keep(piece: Uint8Array): void {
    append(queue, piece);
    if (queue.end - queue.start <= cap()) return;
    isKeeping = false;
    skipped++;
    takeLong(queue.bytes.subarray(queue.start, queue.start + cap()));
    release(queue, queue.end);
  }

  function finish(): void {
    if (isKeeping) {
      take(queue.bytes.subarray(queue.start, queue.end));
      release(queue, queue.end);
    }
    isKeeping = false;
    objects++;
  }

  /** Most bodies come in one piece, which is then only parsed. */
  function isWholeBody(piece: Uint8Array): boolean {
    if (hasBegun || piece[0] !== 123 || piece.length > caps.maxBodyBytes) return false;
    let last = piece.length - 1;
    while (piece[last]! <= 32) last--;
    if (piece[last] !== 125 || !takeFirst(piece)) return false;
    hasBegun = true;
    objects = 1;
    return true;
  }

  function push(piece: Uint8Array): void {
    if (isWholeBody(piece)) return;
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!;
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (byte === 92) isEscaped = true;
        else if (byte === 34) inString = false;
        continue;
      }
      // White space, or a byte order mark.
      if (byte <= 32 || byte >= 128) continue;
      if (byte === 34) {
        inString = true;
      } else if (byte === 91 || byte === 123) {
        if (byte === 91 && !hasBegun) base = 1;
        else if (byte === 123 && level === base) {
          isKeeping = true;
          from = at;
        }
        level++;
      } else if (byte === 93 || byte === 125) {
        level = Math.max(0, level - 1);
        // An object that a bracket closes is none, and ends all the same.
        if (level === base && (byte === 125 || isKeeping)) {
          const rest = piece.subarray(from, at + 1);
          // One that came whole is not copied.
          if (isKeeping && queue.end === queue.start && rest.length <= cap()) {
            isKeeping = false;
            take(rest);
          } else if (isKeeping) keep(rest);
          finish();
        }
      }
      hasBegun = true;
    }
    if (isKeeping) keep(piece.subarray(from));
  }

  return {
    push,
    isOpen: () => level > 0 || inString || isKeeping,
    hasBegun: () => hasBegun,
    objects: () => objects,
    isList: () => base === 1,
    pending: () => queue.bytes.subarray(queue.start, queue.end),
    unfinished: () => queue.end - queue.start,
    skipped: () => skipped,
  };
}
