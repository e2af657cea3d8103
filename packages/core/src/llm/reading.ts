import type { Finish } from "./finish.ts";
import type { Format } from "./format.ts";
import type { Framing } from "./framing.ts";
import type { ProviderError } from "./provider-error.ts";
import { hasFinished, finishSoFar, type Tally } from "./tally.ts";
import type { Usage } from "./usage.ts";

/** What is known while a response passes. */
export interface Progress {
  /** `undefined` until it is recognised. */
  readonly format: Format | undefined;
  /**
   * Tokens of output: an estimate of the text that has passed, until the provider's own count comes. It may fall then. A JSON body
   * counts nothing before its end.
   */
  readonly outputTokens: number;
  /** Tokens of input, once the provider has said so. */
  readonly inputTokens: number | undefined;
  /** Events that carried text, reasoning or arguments of a tool call. Comments, pings and empty ones are none. */
  readonly contentEvents: number;
  /** The worst of all answers that have finished. */
  readonly finish: Finish | undefined;
  /** Whether the end marker has passed. */
  readonly ended: boolean;
  /** The first error that the provider reported, in the stream or as the body. */
  readonly error: ProviderError | undefined;
  /** How many bytes of the last push belong to events that have ended: what is behind them may be cut away. */
  readonly boundary: number;
}

/**
 * Where a response broke off: nothing came; inside a character, an event, or JSON; before an answer finished; before the end
 * marker that its format has.
 */
export type Truncation =
  | "empty"
  | "utf8-cut"
  | "event-cut"
  | "json-open"
  | "finish-missing"
  | "end-marker-missing";

/** How a response ended. `"unknown"`: it was not read, or not in a format that is recognised. */
export type ResponseOutcome = Finish | "truncated" | "unknown";

/** What a response was, at its end. */
export interface Reading extends Omit<Progress, "boundary"> {
  /** `undefined` if it was not read. */
  readonly framing: Framing | undefined;
  /** The provider's own count, as it last said it. */
  readonly usage: Usage | undefined;
  /** Whether `outputTokens`, or the lack of `inputTokens`, is not the provider's last word: no usage, an old one, or one that cannot be. */
  readonly isEstimated: boolean;
  /** Text, reasoning and arguments of tool calls that passed, in bytes of UTF-8. */
  readonly outputBytes: number;
  /** Events that were not read: longer than the cap, damaged, or no JSON. */
  readonly skipped: number;
  readonly outcome: ResponseOutcome;
  /** Set exactly where `outcome` is `"truncated"`. */
  readonly truncation: Truncation | undefined;
}

/** What the bytes themselves say at the end. */
export interface Ending {
  readonly framing: Framing | undefined;
  /** A single body, not a stream of events. */
  readonly isBody: boolean;
  /** Where they broke off, if they did. */
  readonly cut: "empty" | "utf8-cut" | "event-cut" | "json-open" | undefined;
  readonly skipped: number;
}

/** How a response ended whose bytes end as `ending`, and that said `tally`. */
export function outcomeOf(
  tally: Tally,
  ending: Ending,
): ResponseOutcome | { truncation: Truncation } {
  const finish = finishSoFar(tally);
  if (ending.framing === undefined) return "unknown";
  if (tally.error !== undefined) return finish === "filtered" ? "filtered" : "failed";
  if (ending.cut !== undefined) return { truncation: ending.cut };
  if (tally.wire === undefined) {
    const isWhole = ending.skipped === 0 && (tally.ended || ending.isBody);
    return isWhole ? "complete" : "unknown";
  }
  const isDone = hasFinished(tally) || (ending.isBody && tally.choices.size === 0);
  const isMarked =
    tally.ended || ending.isBody || ending.framing === "json" || tally.wire.ends === "finish";
  if (isDone && isMarked) return finish ?? (ending.skipped > 0 ? "unknown" : "complete");
  // What is missing may have been in what was skipped.
  if (ending.skipped > 0) return "unknown";
  return { truncation: isDone ? "end-marker-missing" : "finish-missing" };
}
