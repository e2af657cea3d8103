import { type Finish, worse } from "./finish.ts";
import type { Facts, WireFormat } from "./format.ts";
import type { ProviderError } from "./provider-error.ts";
import { utf8Bytes } from "./text.ts";
import { type CountTokens, tokensOf, tokensOfBytes } from "./tokens.ts";
import { type Counts, merged, type Usage, usageOf } from "./usage.ts";

/** All that a response has said so far. */
export interface Tally {
  wire: WireFormat | undefined;
  counts: Counts | undefined;
  /** Whether no text has come since `counts`. */
  isCurrent: boolean;
  /** Text that has passed, in UTF-8. */
  outputBytes: number;
  /** The same by the caller's tokenizer, where there is one. */
  counted: number;
  contentEvents: number;
  /** Events and bodies that were read. */
  events: number;
  readonly choices: Map<number, Finish | undefined>;
  ended: boolean;
  error: ProviderError | undefined;
}

/** A tally of nothing. */
export function emptyTally(wire: WireFormat | undefined): Tally {
  return {
    wire,
    counts: undefined,
    isCurrent: false,
    outputBytes: 0,
    counted: 0,
    contentEvents: 0,
    events: 0,
    choices: new Map(),
    ended: false,
    error: undefined,
  };
}

// More answers to one request than any provider gives.
const mostChoices = 256;

/** Adds what an event says. */
export function addFacts(tally: Tally, facts: Facts, count: CountTokens | undefined): void {
  tally.events++;
  if (facts.text !== "") addText(tally, facts.text, utf8Bytes(facts.text), count);
  if (facts.counts !== undefined) {
    tally.counts = merged(tally.counts, facts.counts);
    tally.isCurrent = true;
  }
  for (const { index, finish } of facts.choices ?? []) {
    if (!tally.choices.has(index) && tally.choices.size >= mostChoices) continue;
    tally.choices.set(index, worse(tally.choices.get(index), finish));
  }
  if (facts.ended === true) tally.ended = true;
  tally.error ??= facts.error;
}

/** Adds an event that is `text`, or `bytes` of it in UTF-8, and says nothing else. */
export function addText(
  tally: Tally,
  text: string,
  bytes: number,
  count: CountTokens | undefined,
): void {
  if (bytes === 0) return;
  tally.outputBytes += bytes;
  tally.contentEvents++;
  tally.isCurrent = false;
  if (count !== undefined) tally.counted += tokensOf(text, count);
}

/** The worst finish of all answers that have one. */
export function finishSoFar(tally: Tally): Finish | undefined {
  let finish: Finish | undefined;
  for (const one of tally.choices.values()) finish = worse(finish, one);
  return finish;
}

/** Whether every answer that has begun has finished, and at least one has. */
export function hasFinished(tally: Tally): boolean {
  for (const one of tally.choices.values()) if (one === undefined) return false;
  return tally.choices.size > 0;
}

/** What the provider has counted so far, or `undefined`. */
export function usageSoFar({ counts, wire }: Tally): Usage | undefined {
  return counts && usageOf(counts, wire?.inputIsFresh === true);
}

/**
 * Tokens of output, as well as they are known: the provider's figure where it is as new as the text, or the greater of it and the estimate.
 */
export function outputTokens(tally: Tally, count: CountTokens | undefined): number {
  const reported = tally.counts?.output ?? 0;
  if (isBelieved(tally)) return reported;
  const estimate = count === undefined ? tokensOfBytes(tally.outputBytes) : tally.counted;
  return Math.max(reported, estimate);
}

/** Whether the provider's figure of output is there, as new as the text, and not zero for text that has passed. */
export function isBelieved({ counts, isCurrent, outputBytes }: Tally): boolean {
  return isCurrent && counts?.output !== undefined && (counts.output > 0 || outputBytes === 0);
}
