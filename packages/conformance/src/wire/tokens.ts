/** Tokens of every prompt, as the loopback model counts them. */
export const promptTokens = 11;

/** Four bytes: what an estimate by length takes for one token. */
export const tokenText = "abcd";

/** One event of a stream, and whether it carries a token. */
export interface WireEvent {
  readonly bytes: string;
  readonly isToken: boolean;
}
