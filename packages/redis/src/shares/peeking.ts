import type { Claim, Outcome } from "@sluice/core";

import { type Desk, findPools } from "./deciding.ts";

/** What the store said about claims, with what this process holds unused of those that are shared. */
export function peeked(desk: Desk, claims: readonly Claim[], outcome: Outcome): Outcome {
  findPools(desk, claims, desk.shop.now());
  const states = Array.from(outcome.states);
  let isShort = false;
  for (const [index, { cost }] of claims.entries()) {
    const at = index * 4;
    const pool = desk.found[index];
    if (pool !== undefined) {
      states[at] = Math.max(0, states[at]! - pool.left);
      if (cost <= pool.left && states[at + 3] === 0) states[at + 1] = 0;
    }
    if (states[at + 1]! > 0) isShort = true;
  }
  const verdict = outcome.verdict === "refused" && !isShort ? "allowed" : outcome.verdict;
  return { ...outcome, verdict, states };
}
