import type { Decision, LimitState } from "./decision.ts";

/** A decision, for a person: which limit decided, how it stands, and when that changes. */
export interface Explanation {
  /** One sentence, as `refused: "tpm" allows 100 tokens, 80 are charged and 30 more were asked; try again in 12s`. */
  readonly sentence: string;
  /** The limit that refused, or of an allowed request the one with the least room left, as a part of its capacity. */
  readonly limit: string;
  readonly unit: string;
  readonly cost: number;
  readonly used: number;
  readonly capacity: number;
  /** When the oldest charge leaves; 0 when nothing is charged. */
  readonly freesAfterMs: number;
  /** When the request would be allowed: 0 when it was, `undefined` when never, or when nobody knows. */
  readonly retryAfterMs: number | undefined;
}

/** Explains a decision: which limit it hung on, what of that is used, and when more comes free. */
export function explain(decision: Decision): Explanation {
  const refused = decision.allowed ? decision.unenforced : decision;
  const state =
    decision.limits.find(({ limit }) => limit.name === refused?.limitedBy) ??
    decision.limits.reduce((least, one) => (roomOf(one) < roomOf(least) ? one : least));
  const { limit, terms, cost, used, freesAfterMs } = state;
  const retryAfterMs = refused === undefined ? 0 : refused.retryAfterMs;
  const verdict = decision.allowed ? "allowed" : "refused";
  const spared = decision.allowed && refused !== undefined ? ", though it would be refused" : "";
  return {
    sentence: `${verdict}${spared}: ${reasonOf(decision, state)}`,
    limit: limit.name,
    unit: limit.unit,
    cost,
    used,
    capacity: terms.capacity,
    freesAfterMs,
    retryAfterMs,
  };
}

function roomOf({ remaining, terms }: LimitState): number {
  return terms.capacity === 0 ? 0 : remaining / terms.capacity;
}

function reasonOf(decision: Decision, { limit, terms, cost, used }: LimitState): string {
  const refused = decision.allowed ? decision.unenforced : decision;
  const rule = `"${limit.name}" allows ${terms.capacity} ${limit.unit}`;
  if (refused === undefined) return `${rule}, and ${used} are charged`;
  switch (refused.reason) {
    case "never-fits":
      return `${rule}, and ${cost} were asked: that never fits`;
    case "blocked":
      return `"${limit.name}" is blocked; try again in ${inWords(refused.retryAfterMs)}`;
    case "over-limit":
      return `${rule}, ${used} are charged and ${cost} more were asked; try again in ${inWords(refused.retryAfterMs)}`;
    case "store-unavailable":
      return "the store could not decide, or has no room for more";
  }
}

/** Rounded up: who waits that long is not too early. */
function inWords(ms: number): string {
  if (ms < 1_000) return `${ms}ms`;
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 120 ? `${seconds}s` : `${Math.ceil(seconds / 60)}m`;
}
