import { boundedMap } from "../bounded-map.ts";
import type { CallOutcome } from "../outcome.ts";

/** How often the answers of one kind ended in which way. */
export type OutcomeCount = Readonly<Record<CallOutcome, number>>;

/** Counts how answers end, so that an answer that is cut in silence shows as a rate. */
export interface OutcomeCounts {
  /** Counts one that ended with `outcome`. `key` is whatever is told apart: `"interactive model-a"`. */
  count(key: string, outcome: CallOutcome): void;
  /** What was counted for `key`, or `undefined` if nothing was, or too long ago. */
  of(key: string): OutcomeCount | undefined;
  /** The share of `key`'s answers that were cut by a limit on their length, of those that ended by themselves; 0 before the first. */
  cutRate(key: string): number;
}

type Counting = { -readonly [Outcome in CallOutcome]: number };

/** Before the first. */
export const noOutcomes: OutcomeCount = {
  complete: 0,
  truncated: 0,
  cut: 0,
  filtered: 0,
  failed: 0,
  aborted: 0,
  unknown: 0,
};

/** Counts of the `most` keys that were last counted. Default: 1,000. */
export function outcomeCounts(most = 1_000): OutcomeCounts {
  const counts = boundedMap<Counting>(most, () => ({ ...noOutcomes }));
  return {
    count(key, outcome) {
      counts.for(key)[outcome]++;
    },
    of: (key) => counts.find(key),
    cutRate(key) {
      const { complete, cut } = counts.find(key) ?? noOutcomes;
      return cut === 0 ? 0 : cut / (complete + cut);
    },
  };
}
