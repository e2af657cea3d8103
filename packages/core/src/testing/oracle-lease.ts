import { SluiceError } from "../errors.ts";
import type { Claim, LeaseRequest, Settlement } from "../store/store.ts";
import { hold, keep, type OracleCount, slotOf, spend } from "./oracle-count.ts";

/** One claim of one lease. */
export interface OraclePart {
  readonly claim: Claim;
  /** Whether its slot outlasts the deadline, so that what is held goes back then. */
  lapses: boolean;
  /** The slot of the reservation; `-Infinity` once it has left, or was forgotten. */
  slotMs: number;
  /** That of the count: a reset has forgotten what was charged when they differ. */
  birth: number;
  /** Of a token bucket: all that was ever charged, just after this; `-Infinity` once it was forgotten. */
  mark: number;
  used: number | undefined;
  charged: number;
  /** The part of the charge that stays when the lease expires, and the part that does not. */
  kept: number;
  held: number;
  heldUntilMs: number;
}

/** A lease that is live, or remembered. */
export interface OracleLease {
  readonly request: LeaseRequest;
  readonly parts: readonly OraclePart[];
  state: "live" | "expired" | "settled";
  deadlineMs: number;
  /** Once it has expired or settled. */
  forgetAtMs: number;
}

/** Charges a claim to `count`, under a lease until `deadlineMs`. */
export function openPart(
  claim: Claim,
  count: OracleCount,
  now: number,
  deadlineMs: number,
): OraclePart {
  const { terms, cost } = claim;
  const isBucket = terms.algorithm === "token-bucket";
  if (isBucket) spend(count, terms, now, cost);
  const part: OraclePart = {
    claim,
    lapses: false,
    slotMs: isBucket ? 0 : slotOf(terms, now),
    birth: count.birth,
    mark: count.gross,
    used: undefined,
    charged: cost,
    kept: 0,
    held: 0,
    heldUntilMs: 0,
  };
  if (!isBucket) deposit(part, count, chargeOnExpiry(part), cost, deadlineMs);
  return part;
}

/** Brings a part to `charge` in all, under a lease that lives until `deadlineMs`, or has ended. */
export function recharge(
  part: OraclePart,
  count: OracleCount,
  now: number,
  charge: number,
  deadlineMs: number | "ended",
): void {
  const { claim, charged } = part;
  const { terms } = claim;
  forget(part, count);
  if (terms.algorithm === "token-bucket") {
    if (charge >= charged) spend(count, terms, now, charge - charged);
    else refund(part, count, charged - charge);
  } else if (part.slotMs + terms.windowMs <= now) {
    // A longer window does not bring it back.
    part.slotMs = -Infinity;
    part.lapses = false;
    spend(count, terms, now, Math.max(0, charge - charged));
  } else {
    hold(count, part.heldUntilMs, -part.held);
    part.charged = charge;
    if (deadlineMs === "ended") deposit(part, count, charge, charge, now);
    else deposit(part, count, chargeOnExpiry(part), charge, deadlineMs);
  }
  part.charged = charge;
}

/** What the deadline did: what was held until then has gone back. */
export function expirePart(part: OraclePart): void {
  if (part.lapses) part.charged = part.kept;
  part.held = 0;
}

/** What a part is charged when its lease is settled so. */
export function chargeAtEnd(
  part: OraclePart,
  amount: number | undefined,
  unreported: Settlement["unreported"],
): number {
  const { claim, used } = part;
  if (claim.terms.algorithm === "concurrency") return 0;
  if (unreported === "expiry") return chargeOnExpiry(part);
  return amount ?? used ?? (unreported === "estimate" ? claim.cost : 0);
}

/** Throws `id-conflict` unless the lease was reserved with the very same claims and costs. */
export function checkSame({ parts }: OracleLease, claims: readonly Claim[]): void {
  const isSame = told(parts.map(({ claim }) => claim)) === told(claims);
  if (!isSame) throw new SluiceError("id-conflict", "id: was reserved before with another cost");
}

function told(claims: readonly Claim[]): string {
  return JSON.stringify(claims.map(({ terms, subject, cost }) => [terms.scope, subject, cost]));
}

/** What a part is charged when its lease expires. */
function chargeOnExpiry({ claim, used, charged }: OraclePart): number {
  const { onExpiry } = claim.terms;
  if (onExpiry === "refund") return 0;
  return onExpiry === "charge-used" ? (used ?? 0) : charged;
}

/** After a reset, what was charged is as what has left; where nothing was, nothing was forgotten. */
function forget(part: OraclePart, count: OracleCount): void {
  if (part.birth === count.birth) return;
  part.birth = count.birth;
  part.mark = -Infinity;
  if (part.charged === 0) return;
  part.slotMs = -Infinity;
  part.lapses = false;
}

/** Changes what is kept by the difference, and holds the rest. */
function deposit(
  part: OraclePart,
  count: OracleCount,
  kept: number,
  charge: number,
  deadlineMs: number,
): void {
  keep(count, part.claim.terms, part.slotMs, kept - part.kept);
  part.kept = kept;
  part.held = charge - kept;
  const leavesAtMs = part.slotMs + part.claim.terms.windowMs;
  part.lapses = leavesAtMs > deadlineMs;
  part.heldUntilMs = Math.min(deadlineMs, leavesAtMs);
  hold(count, part.heldUntilMs, part.held);
}

/** Gives back what is left of the level above all that was charged since. */
function refund({ claim, mark }: OraclePart, count: OracleCount, units: number): void {
  const { everyMs } = claim.terms;
  const left = Math.max(0, count.level - (count.gross - mark) * everyMs);
  count.level -= Math.min(units * everyMs, left);
}
