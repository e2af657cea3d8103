import type { ChargeOutcome, Claim } from "@sluice/core";

import { type Desk, findPools } from "./deciding.ts";
import { type Hold, lower, release } from "./holds.ts";
import { closeOld, giveBack, type Part, take } from "./pool.ts";
import { endClosed } from "./slices.ts";

/**
 * Brings the shared claims of a lease to `charges`: less goes back to their slices; more is taken from what this process holds, or
 * charged by the server, whether or not it fits. Answers by how much each count is then over its limit, as far as the
 * server was asked. Rejects, and nothing has changed, when it could not be.
 */
export async function recharge(
  desk: Desk,
  hold: Hold,
  charges: readonly number[],
  now: number,
): Promise<readonly number[]> {
  const { shop, found } = desk;
  const taken = hold.held.map((): Part[] => []);
  const overages = hold.held.map(() => 0);
  const beyond: { readonly claim: Claim; readonly at: number }[] = [];
  const claims = hold.held.map(({ claim }) => claim);
  const isFound = findPools(desk, claims, now);
  for (const [at, { claim, charged }] of hold.held.entries()) {
    const more = charges[at]! - charged;
    if (more <= 0) continue;
    const pool = isFound ? found[at] : undefined;
    if (pool !== undefined) closeOld(pool, now, shop.closed);
    if (pool !== undefined && more <= pool.left) take(pool, more, shop.closed, taken[at]);
    else beyond.push({ claim: { ...sharedClaim(desk, claim), cost: more }, at });
  }
  endClosed(shop);
  if (beyond.length > 0) {
    try {
      const outcome = await shop.store.adjust(
        beyond.map(({ claim }) => claim),
        "charge",
      );
      for (const [index, { at }] of beyond.entries()) {
        overages[at] = outcome.states[index * 2 + 1] ?? 0;
      }
    } catch (error) {
      for (const parts of taken) {
        giveBack(parts, Infinity);
        release(shop, parts);
      }
      throw error;
    }
  }
  for (const [at, held] of hold.held.entries()) {
    const charge = charges[at]!;
    if (charge < held.charged) lower(held, charge);
    held.charged = charge;
    held.parts.push(...taken[at]!);
  }
  return overages;
}

/** A claim as the server counts it: in the count of its slices, where it is shared. */
export function sharedClaim({ pools }: Desk, claim: Claim): Claim {
  const rule = pools.ruleOf(claim.terms);
  return rule === undefined ? claim : { ...claim, terms: rule.shared };
}

/** Puts what was done to the shared claims of a lease together with what the store did to the others. */
export function chargeOutcome(
  hold: Hold | undefined,
  claims: readonly Claim[],
  isShared: readonly boolean[],
  overages: readonly number[],
  exact: ChargeOutcome,
): ChargeOutcome {
  let exactAt = 0;
  let heldAt = 0;
  const states = claims.flatMap(({ cost }, index) => {
    if (isShared[index]) {
      const at = heldAt++;
      // Reserved by another process, which holds its share.
      return [hold?.held[at]?.charged ?? cost, overages[at] ?? 0];
    }
    exactAt += 2;
    return [exact.states[exactAt - 2]!, exact.states[exactAt - 1]!];
  });
  return { ...exact, states };
}
