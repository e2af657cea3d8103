import type { Claim, LeaseRequest, Terms } from "@sluice/core";

/** How long the lease lives that a check holds while slots are asked one after the other: longer than it takes to give it back. */
const livesMs = 4_000;

/** A lease for a check: its id is never told, and nothing happens when it ends. */
export function briefLeases(): () => LeaseRequest {
  const prefix = `~${crypto.randomUUID().replaceAll("-", "").slice(0, 20)}-`;
  let made = 0;
  return () => ({
    id: prefix + (made++).toString(36),
    expiresAfterMs: livesMs,
    repeatable: false,
  });
}

/**
 * The claims that charge under a lease what `claims` charge without one: all of it for good, and nothing where what counts is in flight, which only has
 * to have room.
 */
export function asSpent(claims: readonly Claim[]): readonly Claim[] {
  return claims.map(({ terms, subject, cost }) => {
    if (terms.algorithm !== "concurrency") return { terms: spentTerms(terms), subject, cost };
    return { terms: { ...terms, capacity: terms.capacity - cost }, subject, cost: 0 };
  });
}

const known = new WeakMap<Terms, Terms>();

function spentTerms(terms: Terms): Terms {
  if (terms.onExpiry === "charge-estimate") return terms;
  const made = known.get(terms) ?? { ...terms, onExpiry: "charge-estimate" };
  known.set(terms, made);
  return made;
}
