import type { Claim, Outcome } from "@sluice/core";

import { createBoundedMap } from "../bounded-map.ts";

/** Which counts have refused lately. */
export interface Refusers {
  /** Whether one of the claims' counts refused a moment ago. */
  haveRefused(claims: readonly Claim[]): boolean;
  add(claims: readonly Claim[], refusal: Outcome): void;
}

const mostKept = 1_000;

/** Remembers the last 1,000 for so long. */
export function refusers(keptMs: number): Refusers {
  const untilMs = createBoundedMap<string, number>(mostKept);
  return {
    haveRefused(claims) {
      if (untilMs.size === 0) return false;
      const now = performance.now();
      return claims.some((claim) => (untilMs.get(nameOf(claim)) ?? 0) > now);
    },
    add(claims, { states }) {
      const until = performance.now() + keptMs;
      for (const [index, claim] of claims.entries()) {
        if (states[index * 4 + 1] === 0) continue;
        untilMs.set(nameOf(claim), until);
      }
    },
  };
}

function nameOf({ terms, subject }: Claim): string {
  return `${terms.scope} ${subject}`;
}
