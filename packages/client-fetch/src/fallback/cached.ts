import { checkOptions, failOption } from "@sluice/core";

import { checkedConfidence } from "./confidence.ts";
import type { Asked, Fallback } from "./fallback.ts";
import { speak } from "./speak.ts";

/** An answer to something like what is asked. */
export interface CachedAnswer {
  /** A text is put in the form that was asked for. */
  readonly answer: string | Response;
  /** Of what it was the answer to, to what is asked; from 0 to 1. */
  readonly similarity: number;
  /** How good it was then, from 0 to 1. Default: 1. */
  readonly quality?: number | undefined;
}

/** Options of `cached()`. */
export interface CachedOptions {
  /** Default: `"cached"`. */
  readonly name?: string;
  /** Looks for the best there is; `undefined` when there is none. */
  readonly lookup: (
    asked: Asked,
    signal: AbortSignal | undefined,
  ) => CachedAnswer | undefined | Promise<CachedAnswer | undefined>;
  /** What is less like what is asked is no answer to it. Default: 0.95. */
  readonly similarity?: number;
  /** What was less good is none either. Default: 0.5. */
  readonly quality?: number;
}

/** What was answered before, by a lookup of one's own. Its confidence is similarity × quality. Throws `invalid-option`. */
export function cached(options: CachedOptions): Fallback {
  checkOptions("cached", options, ["name", "lookup", "similarity", "quality"]);
  const { name = "cached", lookup } = options;
  if (typeof lookup !== "function") failOption("cached: lookup", "a function", lookup);
  const least = checkedConfidence("cached", options.similarity ?? 0.95, "similarity");
  const floor = checkedConfidence("cached", options.quality ?? 0.5, "quality");
  return {
    name,
    async answer({ asked, signal }) {
      const found = await lookup(asked, signal);
      if (found === undefined) return undefined;
      const { answer, similarity, quality = 1 } = found;
      // Written so that a number that is none is too little.
      if (!(similarity >= least && quality >= floor)) return undefined;
      const response = typeof answer === "string" ? speak(asked, answer) : answer;
      const confidence = Math.min(1, similarity) * Math.min(1, quality);
      return response === undefined ? undefined : { response, source: name, confidence };
    },
  };
}
