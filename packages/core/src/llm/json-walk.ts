/** Takes a string (without its quotes) or a number, `bytes` from `from` to `to`, that is the member `key` of an object. */
export type TakeScalar = (key: string, from: number, to: number, isString: boolean) => void;

const longestKey = 64;

/**
 * Calls `take` for every string and number that is directly a member of an object in the JSON text `bytes` from `from` to `to`, which may
 * break off anywhere: a string that does is taken up to there. False if a key is escaped or too long to be told.
 */
export function walkScalars(
  bytes: Uint8Array,
  from: number,
  to: number,
  take: TakeScalar,
): boolean {
  let key = "";
  let isPlain = true;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === 34) {
      const end = stringEnd(bytes, at + 1, to);
      const next = skipSpace(bytes, end + 1, to);
      if (bytes[next] === 58 && next < to) {
        if (end - at - 1 > longestKey || bytes.subarray(at + 1, end).includes(92)) isPlain = false;
        key = String.fromCharCode(...bytes.subarray(at + 1, Math.min(end, at + 1 + longestKey)));
        at = next;
        continue;
      }
      if (key !== "") take(key, at + 1, end, true);
      at = end;
    } else if (isNumberByte(byte)) {
      let end = at + 1;
      while (end < to && isNumberByte(bytes[end]!)) end++;
      if (key !== "") take(key, at, end, false);
      at = end - 1;
    } else if (byte === 58 || byte <= 32) {
      continue;
    }
    key = "";
  }
  return isPlain;
}

/** Where the string ends whose inside begins at `from`: at its closing quote, or at `to`. */
function stringEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== 34) at += bytes[at] === 92 ? 2 : 1;
  return Math.min(at, to);
}

function skipSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at]! <= 32) at++;
  return at;
}

function isNumberByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === 45 || byte === 43 || byte === 46;
}
