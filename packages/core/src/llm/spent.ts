import type { Cost } from "../cost.ts";
import type { Estimate } from "./estimate.ts";
import type { Reading } from "./reading.ts";

/** What a request really used, as a cost to settle its lease with. `tokens` is input and output; `cachedTokens` are part of the input. */
export interface Spent extends Cost {
  readonly requests: 1;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly tokens: number;
  readonly cachedTokens: number;
}

/**
 * What `reading` amounts to: the provider's counts where there are any, and otherwise its estimate of the output and the input of `estimated`.
 * An error before any text or usage amounts to no tokens.
 */
export function spent(reading: Reading, estimated?: Estimate): Spent {
  const { error, usage, outputBytes, outputTokens } = reading;
  const isNothing = error !== undefined && usage === undefined && outputBytes === 0;
  const inputTokens = isNothing ? 0 : (reading.inputTokens ?? estimated?.inputTokens ?? 0);
  return {
    requests: 1,
    inputTokens,
    outputTokens,
    tokens: inputTokens + outputTokens,
    cachedTokens: usage?.cacheReads ?? 0,
  };
}
