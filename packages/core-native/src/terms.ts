import type { Terms } from "@sluice/core";

/** As many terms as an engine knows at a time: more than one call can have. */
const mostTerms = 4_096;

const algorithms = ["sliding-window", "token-bucket", "fixed-window", "concurrency"] as const;
const rules = ["charge-used", "charge-estimate", "refund"] as const;

/** The terms that an engine knows, by handles, and the period that each fixed window is in. */
export interface KnownTerms {
  /** The handle of terms, which the engine learns if they are new. */
  handleOf(terms: Terms): number;
  /** The end of the period that `now` lies in, of a handle of a fixed window. */
  readonly ends: Float64Array;
  /** The end of the period after it. */
  readonly nextEnds: Float64Array;
  /** Sees to it that both hold at `now`. */
  turn(handle: number, terms: Terms, now: number): void;
}

/** Keeps terms for an engine that learns them by `define`, which reads the numbers in `given`. */
export function knownTerms(given: Float64Array, define: (scope: string) => void): KnownTerms {
  const handles = new Map<Terms, number>();
  const known: Terms[] = [];
  const begins = new Float64Array(mostTerms);
  const ends = new Float64Array(mostTerms);
  const nextEnds = new Float64Array(mostTerms);
  let next = 0;
  // Most calls are under the limit that came last.
  const latest: { terms: Terms | undefined; handle: number } = { terms: undefined, handle: 0 };

  function find(terms: Terms): number {
    latest.handle = handles.get(terms) ?? learn(terms);
    latest.terms = terms;
    return latest.handle;
  }

  function learn(terms: Terms): number {
    const handle = next;
    next = (next + 1) % mostTerms;
    const forgotten = known[handle];
    if (forgotten !== undefined) handles.delete(forgotten);
    latest.terms = undefined;
    known[handle] = terms;
    handles.set(terms, handle);
    begins[handle] = Infinity;
    const { algorithm, onExpiry, capacity, windowMs, precisionMs, refill, everyMs } = terms;
    const kept = given.slice(0, 8);
    given.set([handle, algorithms.indexOf(algorithm), rules.indexOf(onExpiry)]);
    given.set([capacity, windowMs, precisionMs, refill, everyMs], 3);
    define(terms.scope);
    given.set(kept);
    return handle;
  }

  return {
    ends,
    nextEnds,
    handleOf: (terms) => (terms === latest.terms ? latest.handle : find(terms)),
    turn(handle, terms, now) {
      if (now >= begins[handle]! && now < ends[handle]!) return;
      const end = terms.periodEndMs!(now);
      begins[handle] = now;
      ends[handle] = end;
      nextEnds[handle] = terms.periodEndMs!(end);
    },
  };
}
