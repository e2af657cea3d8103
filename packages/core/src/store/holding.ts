import { leavesAtMs } from "../algorithms/sliding-window.ts";
import type { Count } from "./count.ts";
import type { Claim } from "./store.ts";
import { add, remove } from "./timeline.ts";

/** What a lease holds of one claim, and where that stands in the claim's count. */
export interface Holding {
  readonly claim: Claim;
  /** When the slot of the reservation leaves the window; `Infinity` for concurrency, which has no window. */
  readonly slotLeavesAtMs: number;
  /** Reported by `extend`; `undefined` before the first time. */
  used: number | undefined;
  charged: number;
  /** The part that outlives the lease, until the slot leaves. */
  kept: number;
  /** The part that would go back if the lease expired. */
  held: number;
  heldUntilMs: number;
}

/** A new holding of `claim`, reserved at `now` until `deadlineMs` and put into `count`. */
export function hold(claim: Claim, count: Count, now: number, deadlineMs: number): Holding {
  const slotLeavesAt =
    claim.algorithm === "concurrency"
      ? Infinity
      : leavesAtMs(now, claim.windowMs, claim.precisionMs);
  const holding: Holding = {
    claim,
    slotLeavesAtMs: slotLeavesAt,
    used: undefined,
    charged: claim.cost,
    kept: 0,
    held: 0,
    heldUntilMs: 0,
  };
  deposit(holding, count, claim.cost, deadlineMs);
  return holding;
}

/** Charges a live holding `charge` in all, with a new deadline. */
export function recharge(
  holding: Holding,
  count: Count,
  now: number,
  charge: number,
  deadlineMs: number,
): void {
  if (!withdraw(holding, count, now)) return chargeNow(holding, count, now, charge);
  deposit(holding, count, charge, deadlineMs);
}

/** Charges a holding that has ended, or expired, `charge` in all: 0 for concurrency. */
export function close(holding: Holding, count: Count, now: number, charge: number): void {
  if (!withdraw(holding, count, now)) return chargeNow(holding, count, now, charge);
  holding.charged = charge;
  holding.kept = charge;
  add(count.kept, holding.slotLeavesAtMs, charge);
}

/** What the deadline did to a holding: what was held until then has gone back. */
export function expire(holding: Holding, deadlineMs: number): void {
  if (holding.slotLeavesAtMs > deadlineMs) holding.charged = holding.kept;
  holding.held = 0;
}

/** What a holding is charged when its lease expires. */
export function chargeOnExpiry(holding: Holding): number {
  switch (holding.claim.onExpiry) {
    case "charge-used":
      return holding.used ?? 0;
    case "charge-estimate":
      return holding.charged;
    case "refund":
      return 0;
  }
}

function deposit(holding: Holding, count: Count, charge: number, deadlineMs: number): void {
  holding.charged = charge;
  holding.kept = chargeOnExpiry(holding);
  holding.held = charge - holding.kept;
  holding.heldUntilMs = Math.min(deadlineMs, holding.slotLeavesAtMs);
  add(count.kept, holding.slotLeavesAtMs, holding.kept);
  add(count.held, holding.heldUntilMs, holding.held);
}

/** Takes a holding out of its count; false when its slot has left the window. */
function withdraw(holding: Holding, count: Count, now: number): boolean {
  if (holding.slotLeavesAtMs <= now) return false;
  remove(count.kept, holding.slotLeavesAtMs, holding.kept);
  remove(count.held, holding.heldUntilMs, holding.held);
  holding.kept = 0;
  holding.held = 0;
  return true;
}

/** Its slot has left: an overage is charged now, a refund is dropped. */
function chargeNow(holding: Holding, count: Count, now: number, charge: number): void {
  const { windowMs, precisionMs } = holding.claim;
  add(count.kept, leavesAtMs(now, windowMs, precisionMs), Math.max(0, charge - holding.charged));
  holding.charged = charge;
}
