import { decode, utf8Bytes } from "./text.ts";

/** Counts the tokens of a text, as a tokenizer does. */
export type CountTokens = (text: string) => number;

/** Tokens that `bytes` of UTF-8 are about: four to a token, which is characters / 4 for English. */
export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / 4);
}

/** The tokens of `text` by `count`; where it throws or gives no non-negative number, those of its bytes. */
export function tokensOf(text: string, count: CountTokens | undefined): number {
  if (count !== undefined) {
    try {
      const tokens = count(text);
      if (tokens >= 0 && tokens <= Number.MAX_SAFE_INTEGER) return Math.ceil(tokens);
    } catch {
      // A tokenizer that does not take this text must not break the response that is being read.
    }
  }
  return tokensOfBytes(utf8Bytes(text));
}

/** The text of a JSON string's inside, `bytes` from `from` to `to`, or `""` if it is none. */
export function textOfString(bytes: Uint8Array, from: number, to: number): string {
  const raw = decode(bytes.subarray(from, to));
  if (!raw.includes("\\")) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return "";
  }
}
