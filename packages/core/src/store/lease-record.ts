import { SluiceError } from "../errors.ts";
import { chargeOnExpiry, expire, type Holding } from "./holding.ts";
import type { Claim, Extension, Settlement } from "./store.ts";

/** What a store keeps of a lease. */
export interface LeaseRecord {
  readonly holdings: readonly Holding[];
  readonly expiresAfterMs: number;
  readonly repeatable: boolean;
  state: "live" | "expired" | "settled";
  deadlineMs: number;
  /** `Infinity` while it lives. */
  forgetAtMs: number;
}

/** Lets a lease expire whose deadline has passed by `now`; it is then remembered for `rememberMs`. */
export function age(lease: LeaseRecord, now: number, rememberMs: number): void {
  if (lease.state !== "live" || lease.deadlineMs > now) return;
  lease.state = "expired";
  lease.forgetAtMs = lease.deadlineMs + rememberMs;
  for (const holding of lease.holdings) expire(holding, lease.deadlineMs);
}

/** What each holding has used once `amounts` are added. */
export function usedAfter(
  { holdings }: LeaseRecord,
  amounts: Extension["amounts"],
): (number | undefined)[] {
  return holdings.map(({ used }, index) => {
    const amount = amounts[index];
    return amount === undefined ? used : (used ?? 0) + amount;
  });
}

/** What each holding is charged when the lease is settled so. */
export function chargesAtEnd(
  { holdings }: LeaseRecord,
  amounts: Settlement["amounts"],
  unreported: Settlement["unreported"],
): number[] {
  return holdings.map((holding, index) => {
    const { claim, used } = holding;
    if (claim.algorithm === "concurrency") return 0;
    if (unreported === "expiry") return chargeOnExpiry(holding);
    return amounts[index] ?? used ?? (unreported === "estimate" ? claim.cost : 0);
  });
}

/** Throws `id-conflict` unless the lease was reserved with the very same claims and costs. */
export function checkSame({ holdings }: LeaseRecord, claims: readonly Claim[]): void {
  const isSame =
    holdings.length === claims.length &&
    holdings.every(
      ({ claim }, index) => claim.key === claims[index]!.key && claim.cost === claims[index]!.cost,
    );
  if (!isSame) throw new SluiceError("id-conflict", "id: was reserved before with another cost");
}
