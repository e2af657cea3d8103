import type { Reading } from "../llm/index.ts";

/** What a meter has read, or what was estimated where it can read nothing: tokens, and how sure it is of them. */
export interface Metered {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly tokens: number;
  readonly cachedTokens: number;
  /** False when the provider itself told them; always true until the response has ended. */
  readonly isEstimated: boolean;
  /** What the reader found, once the response has ended; `undefined` when it could not be read. */
  readonly reading: Reading | undefined;
}

/** The part of a response that comes before its body. */
export interface ResponseHead {
  readonly status: number;
  /** Content-Type. */
  readonly type: string | undefined;
  /** Content-Encoding of the bytes that the meter sees. */
  readonly encoding: string | undefined;
}

/** Reads a response as it leaves. */
export interface Meter {
  /** How many of `bytes` are to pass: all, or up to where a stream is to end; `closing` follows then, and nothing else. */
  push(bytes: Uint8Array): number;
  /** What ends a stream that ran out of budget, by its provider's rules; `undefined` unless `push` said so. */
  closing: Uint8Array | undefined;
  /** The body has ended, or broken off. */
  end(isWhole: boolean): void;
}
