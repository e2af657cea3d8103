import type { Claim, Terms } from "@sluice/core";

import type { FailureMode } from "./failure.ts";

/** How a limit applies while the store cannot decide. */
export interface LocalTerms {
  readonly mode: FailureMode;
  /** Its share of the limit. */
  readonly terms: Terms;
  /** The part of the capacity that is not in the share. */
  readonly elsewhere: number;
}

/**
 * Tells a limit's share: capacity and refill times `share`, rounded down, and 1 at least where the capacity is. Made once for the
 * same terms.
 */
export function localTerms(
  share: number,
  modeOf: (terms: Terms) => FailureMode,
): (claim: Claim) => LocalTerms {
  const known = new WeakMap<Terms, LocalTerms>();
  return ({ terms }) => {
    const before = known.get(terms);
    if (before !== undefined) return before;
    const scaled = share === 1 ? terms : shareOf(terms, share);
    const elsewhere = terms.capacity - scaled.capacity;
    const made = { mode: modeOf(terms), terms: scaled, elsewhere };
    known.set(terms, made);
    return made;
  };
}

function shareOf(terms: Terms, share: number): Terms {
  const { capacity, everyMs } = terms;
  // As much refill in a longer time, so that both stay whole numbers; so the product with the capacity stays as safe as it was.
  const longerMs = Math.ceil(everyMs / share);
  const most = longerMs === 0 ? capacity : Math.floor(Number.MAX_SAFE_INTEGER / longerMs);
  const least = Math.min(1, capacity);
  const scaled = Math.max(least, Math.min(most, Math.floor(capacity * share)));
  return { ...terms, capacity: scaled, everyMs: longerMs };
}
