import { type Claim, type LeaseRequest, type Settlement, SluiceError } from "@sluice/core";

import { giveBack, letGo, type Part } from "./pool.ts";
import { endIfLetGo, type Shop } from "./slices.ts";

/** One shared claim of a lease. */
export interface HeldClaim {
  readonly claim: Claim;
  /** Its place among the lease's claims. */
  readonly index: number;
  readonly parts: Part[];
  charged: number;
  used: number | undefined;
}

/** What a lease holds of slices. */
export interface Hold {
  readonly claims: readonly Claim[];
  readonly held: readonly HeldClaim[];
  readonly request: LeaseRequest;
  state: "live" | "expired" | "settled";
  deadlineMs: number;
  /** Once it has expired or settled. */
  forgetAtMs: number;
}

const rememberMs = 600_000;

/** The hold of a lease as it is at `now`; undefined once it is forgotten. */
export function recall(
  shop: Shop,
  holds: Map<string, Hold>,
  id: string,
  now: number,
): Hold | undefined {
  const hold = holds.get(id);
  if (hold === undefined) return undefined;
  if (hold.state === "live" && hold.deadlineMs <= now) expire(shop, hold);
  if (hold.forgetAtMs > now) return hold;
  holds.delete(id);
}

/** Finds all that has expired, and forgets what need not be remembered any more. */
export function sweepHolds(shop: Shop, holds: Map<string, Hold>, now: number): void {
  for (const id of holds.keys()) recall(shop, holds, id, now);
}

/** Throws `id-conflict` unless the lease was reserved with the very same claims and costs. */
export function checkSame(hold: Hold, claims: readonly Claim[]): void {
  const isSame =
    hold.claims.length === claims.length &&
    hold.claims.every(({ terms, subject, cost }, index) => {
      const other = claims[index]!;
      const isOne = terms.scope === other.terms.scope && subject === other.subject;
      return isOne && cost === other.cost;
    });
  if (!isSame) throw new SluiceError("id-conflict", "id: was reserved before with another cost");
}

/** What a shared claim is charged when its lease is settled so. */
export function chargeAtEnd(
  { claim, used, charged }: HeldClaim,
  amount: number | undefined,
  unreported: Settlement["unreported"],
): number {
  const { onExpiry } = claim.terms;
  if (unreported !== "expiry")
    return amount ?? used ?? (unreported === "estimate" ? claim.cost : 0);
  if (onExpiry === "refund") return 0;
  return onExpiry === "charge-used" ? (used ?? 0) : charged;
}

/** Charges a claim less than before: the rest goes back to its slices, as far as they have not ended. */
export function lower(held: HeldClaim, charge: number): void {
  giveBack(held.parts, held.charged - charge);
  held.charged = charge;
}

/** Nothing more of the lease goes back. */
export function endHold(
  shop: Shop,
  holds: Map<string, Hold>,
  hold: Hold,
  unreported: Settlement["unreported"],
  now: number,
): void {
  hold.state = "settled";
  hold.forgetAtMs = now + rememberMs;
  for (const { parts } of hold.held) release(shop, parts);
  // What was given back whole was never done: the same id is then a new request.
  const isUndone = unreported === "nothing" && hold.held.every(({ charged }) => charged === 0);
  if (isUndone || !hold.request.repeatable) holds.delete(hold.request.id);
}

/** Lets go of parts, and ends the slices that waited for it. */
export function release(shop: Shop, parts: Part[]): void {
  letGo(parts);
  for (const part of parts.splice(0)) endIfLetGo(shop, part);
}

/** What the deadline did; what is settled later can only charge more. */
function expire(shop: Shop, hold: Hold): void {
  hold.state = "expired";
  hold.forgetAtMs = hold.deadlineMs + rememberMs;
  // One with other claims is told by the store that has those.
  if (hold.held.length === hold.claims.length) shop.expired++;
  for (const held of hold.held) {
    lower(held, Math.min(held.charged, chargeAtEnd(held, undefined, "expiry")));
    release(shop, held.parts);
  }
}
