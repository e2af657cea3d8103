// Globals of every JavaScript runtime that are not in the language's own library.
declare class TextDecoder {
  constructor(label: string, options: { readonly ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

const decoder: TextDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of UTF-8 `bytes`; what is not UTF-8 becomes U+FFFD. */
export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

const beyondAscii = /[\u0080-\uffff]/;

/** The length of `text` in UTF-8; half of a surrogate pair counts as 2. */
export function utf8Bytes(text: string): number {
  let total = text.length;
  // Most is ASCII, which an expression sees several times sooner than a loop.
  if (!beyondAscii.test(text)) return total;
  for (let at = 0; at < text.length; at++) total += unitBytes(text.charCodeAt(at)) - 1;
  return total;
}

/** The bytes that one UTF-16 unit takes in UTF-8, if half a surrogate pair takes 2. */
export function unitBytes(unit: number): number {
  if (unit < 0x80) return 1;
  return unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
}

/** The length of the well-formed UTF-8 sequence of several bytes at `at`, or 0. */
export function sequenceBytes(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at]!;
  const length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length === 0 || at + length > to) return 0;
  const second = bytes[at + 1]!;
  if (second < secondFrom(lead) || second > secondTo(lead)) return 0;
  for (let next = at + 2; next < at + length; next++) if (bytes[next]! >> 6 !== 2) return 0;
  return length;
}

/** Whether `bytes` from `from` to `to` end inside a UTF-8 sequence. */
export function endsInSequence(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = to - 1; at >= from && at >= to - 3; at--) {
    const byte = bytes[at]!;
    if (byte >> 6 === 2) continue;
    const length = byte < 0xc2 || byte > 0xf4 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return at + length > to;
  }
  return false;
}

// Neither overlong forms, nor surrogates, nor what is beyond U+10FFFF (Unicode, table 3-7).
function secondFrom(lead: number): number {
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
}

function secondTo(lead: number): number {
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
}
