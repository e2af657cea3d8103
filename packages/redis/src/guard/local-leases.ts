import type { AsyncStore, Claim, LeaseRequest, Settlement, SyncStore } from "@sluice/core";

/** A lease that was reserved while the store could not answer. */
export interface LocalLease {
  readonly claims: readonly Claim[];
  readonly request: LeaseRequest;
  /** Where it is counted. */
  readonly on: SyncStore;
  deadlineMs: number;
  /** What was reported. */
  used: readonly (number | undefined)[];
  /** How it ended, here. */
  settlement: Settlement | undefined;
  /** What it is charged now, here, of what is counted here. */
  charged: readonly number[];
  /** What the store was charged in its place, where it had no room for the lease itself. */
  paid: readonly number[];
}

/**
 * Hands a lease over to the store, where it is from then on: true. Where the store has no room for it, what it is charged is charged for good,
 * and it stays here: its places in flight are then counted here alone. So does one that has ended, unless its id may come again.
 */
export async function handOver(lease: LocalLease, store: AsyncStore): Promise<boolean> {
  const { claims, request, settlement, paid } = lease;
  const isPaid = paid.some((units) => units > 0);
  if (!isPaid && (settlement === undefined || request.repeatable)) {
    const { verdict } = await store.reserve(claims, request);
    if (verdict === "allowed") return true;
  }
  await pay(lease, store);
  return false;
}

/** Charges the store what it has not been charged for a lease, or gives back what it has been too much. */
async function pay(lease: LocalLease, store: AsyncStore): Promise<void> {
  const { claims, charged, paid } = lease;
  lease.paid = charged;
  const of = (sign: 1 | -1): Claim[] =>
    claims.flatMap((claim, index) => {
      const cost = ((charged[index] ?? 0) - (paid[index] ?? 0)) * sign;
      return cost > 0 && claim.terms.algorithm !== "concurrency" ? [{ ...claim, cost }] : [];
    });
  const [more, less] = [of(1), of(-1)];
  try {
    if (more.length > 0) await store.adjust(more, "charge");
  } catch (error) {
    lease.paid = paid;
    throw error;
  }
  // What is not given back is on the safe side.
  if (less.length > 0) await store.adjust(less, "refund");
}
