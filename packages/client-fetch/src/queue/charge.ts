import type { Cause } from "../cause.ts";
import type { Charge } from "../pacing/pacer.ts";
import type { ProviderRules } from "../pacing/providers.ts";
import type { Entry, Ticket } from "./lane.ts";

/** How a call ended, as its ticket is told. */
export type End = Parameters<Ticket["finish"]>[0];

// Nothing was done, and nothing is charged but the request.
const refused: ReadonlySet<Cause> = new Set([
  "rate-limit",
  "quota",
  "overloaded",
  "client-error",
  "server-error",
  "connection",
]);
/** Of a call that was never sent, all is given back; of one that was refused, all but the request. */
export const nothingUsed: Partial<Charge> = Object.freeze({
  tokens: 0,
  inputTokens: 0,
  outputTokens: 0,
});

/** What a call is charged when it goes. */
export function chargeOf(entry: Entry, { charges }: ProviderRules): Charge {
  const { tokens, mostTokens = tokens, inputTokens = tokens, outputTokens = tokens } = entry;
  return {
    requests: 1,
    tokens: whole(charges === "most" ? mostTokens : tokens),
    inputTokens: whole(inputTokens),
    outputTokens: whole(outputTokens),
  };
}

/** What a call used, as far as it is told and counts. */
export function usedOf({ cause, ...used }: End, { charges }: ProviderRules): Partial<Charge> {
  if (refused.has(cause) && used.tokens === undefined) return nothingUsed;
  const { tokens, inputTokens = tokens, outputTokens = tokens } = used;
  if (charges !== "use" || tokens === undefined) return {};
  return {
    tokens: whole(tokens),
    inputTokens: whole(inputTokens!),
    outputTokens: whole(outputTokens!),
  };
}

// An estimate may be anything.
function whole(tokens: number): number {
  return tokens > 0 ? Math.min(Math.ceil(tokens), 1e12) : 0;
}
