import type { Claim, Limit } from "@sluice/core";

/** A claim of `cost` under a limit that counts everyone together, or one tenant. */
export function claimOf(limit: Limit, cost = 1, tenant?: string): Claim {
  const subject = tenant === undefined ? {} : { tenant };
  return { terms: limit.termsFor(subject), subject: tenant ?? "", cost };
}
