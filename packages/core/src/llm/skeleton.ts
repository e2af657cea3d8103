import { walkScalars } from "./json-walk.ts";
import { lineEnd } from "./sse-scan.ts";
import { sequenceBytes, unitBytes } from "./text.ts";
import { textOfString } from "./tokens.ts";

/**
 * An event that has been read, as the bytes that stay and the holes between them: one text, and values that nobody reads. Bytes that are
 * the same but for the holes are the same event with another text, and need not be decoded or parsed.
 */
export interface Skeleton {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where, in `bytes`, each stretch that stays ends. */
  readonly stops: Int32Array;
  /** What hole is behind each stretch. */
  readonly holes: Uint8Array;
}

/** What the last `matchSkeleton` found: where the text is, as it stands in the JSON, and its length in UTF-8. */
export const found: { from: number; to: number; textBytes: number } = {
  from: 0,
  to: 0,
  textBytes: 0,
};

const hole = { none: 0, text: 1, noise: 2, digits: 3 } as const;

/** Where the event at `from` ends if it is `skeleton` with other holes; -1 if it is not, or not all there. */
export function matchSkeleton(
  skeleton: Skeleton,
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): number {
  const { bytes: own, view: ownView, stops, holes } = skeleton;
  let at = from;
  let ownAt = 0;
  for (let index = 0; index < stops.length; index++) {
    const stop = stops[index]!;
    if (stop - ownAt > to - at) return -1;
    // Eight bytes at a time, as a number: exact, because bytes that stay are neither NaN nor zero as one (`canStay`).
    const shift = at - ownAt;
    let next = ownAt;
    for (; next <= stop - 8; next += 8) {
      if (view.getFloat64(next + shift, true) !== ownView.getFloat64(next, true)) return -1;
    }
    if (next < stop && stop - ownAt >= 8) {
      if (view.getFloat64(stop + shift - 8, true) !== ownView.getFloat64(stop - 8, true)) return -1;
    } else {
      for (; next < stop; next++) if (bytes[next + shift] !== own[next]) return -1;
    }
    at = stop + shift;
    ownAt = stop;
    const kind = holes[index]!;
    if (kind === hole.none) return at;
    at = kind === hole.digits ? digitsEnd(bytes, at, to) : textEnd(bytes, at, to, kind);
    if (at < 0) return -1;
  }
  return -1;
}

function digitsEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! >= 48 && bytes[at]! <= 57) at++;
  if (at === from || at === to || (bytes[from] === 48 && at > from + 1)) return -1;
  return at;
}

function textEnd(bytes: Uint8Array, from: number, to: number, kind: number): number {
  let at = from;
  let length = 0;
  for (;;) {
    if (at >= to) return -1;
    const byte = bytes[at]!;
    if (byte === 34) break;
    if (byte >= 32 && byte < 128 && byte !== 92) {
      at++;
      length++;
    } else if (byte === 92) {
      const unit = escapedUnit(bytes, at, to);
      if (unit < 0) return -1;
      at += bytes[at + 1] === 117 ? 6 : 2;
      length += unitBytes(unit);
    } else {
      const sequence = byte < 32 ? 0 : sequenceBytes(bytes, at, to);
      if (sequence === 0) return -1;
      at += sequence;
      length += sequence;
    }
  }
  if (kind === hole.text) {
    found.from = from;
    found.to = at;
    found.textBytes = length;
  }
  return at;
}

// The UTF-16 unit of the escape at `at`, or -1 if it is none.
function escapedUnit(bytes: Uint8Array, at: number, to: number): number {
  if (at + 1 >= to) return -1;
  const letter = String.fromCharCode(bytes[at + 1]!);
  if (letter !== "u") return '"\\/bfnrt'.includes(letter) ? 0x20 : -1;
  if (at + 6 > to) return -1;
  const digits = String.fromCharCode(...bytes.subarray(at + 2, at + 6));
  return /^[\da-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
}

/**
 * The skeleton of the event in `bytes` from `from` to `to`, whose reader took `text` from it and nothing else; or `undefined`. It must have one
 * line of data, exactly one string below `textKeys`, which is `text`, and nothing but line ends and printable ASCII around its holes.
 */
export function skeletonOf(
  bytes: Uint8Array,
  from: number,
  to: number,
  text: string,
  textKeys: readonly string[],
  noiseKeys: readonly string[],
): Skeleton | undefined {
  const data = onlyData(bytes, from, to);
  if (data < 0) return undefined;
  const cuts: { from: number; to: number; kind: number }[] = [];
  const isPlain = walkScalars(
    bytes,
    data,
    lineEnd(bytes, data, to),
    (key, start, end, isString) => {
      if (isString && textKeys.includes(key)) cuts.push({ from: start, to: end, kind: hole.text });
      else if (noiseKeys.includes(key)) {
        cuts.push({ from: start, to: end, kind: isString ? hole.noise : hole.digits });
      }
    },
  );
  const [only, ...more] = cuts.filter(({ kind }) => kind === hole.text);
  if (!isPlain || only === undefined || more.length > 0) return undefined;
  if (text === "" || textOfString(bytes, only.from, only.to) !== text) return undefined;
  return cutOut(bytes, from, to, cuts);
}

function cutOut(
  bytes: Uint8Array,
  from: number,
  to: number,
  cuts: readonly { readonly from: number; readonly to: number; readonly kind: number }[],
): Skeleton | undefined {
  const kept = new Uint8Array(to - from);
  const stops = new Int32Array(cuts.length + 1);
  const holes = new Uint8Array(cuts.length + 1);
  let length = 0;
  let start = from;
  for (let index = 0; index <= cuts.length; index++) {
    const cut = cuts[index] ?? { from: to, to, kind: hole.none };
    const stretch = bytes.subarray(start, cut.from);
    if (!stretch.every(canStay)) return undefined;
    kept.set(stretch, length);
    length += stretch.length;
    stops[index] = length;
    holes[index] = cut.kind;
    start = cut.to;
  }
  return { bytes: kept, view: new DataView(kept.buffer), stops, holes };
}

function canStay(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 10 || byte === 13;
}

// Where the data of the only data line begins, or -1. The event must end in a whole line end: whether a second half comes is not known.
function onlyData(bytes: Uint8Array, from: number, to: number): number {
  if (bytes[to - 1] !== 10) return -1;
  let data = -1;
  for (let start = from; start < to; start = lineEnd(bytes, start, to) + 1) {
    if (bytes[start] !== 100) continue;
    if (data >= 0 || String.fromCharCode(...bytes.subarray(start, start + 5)) !== "data:")
      return -1;
    data = start + 5;
  }
  return data;
}
