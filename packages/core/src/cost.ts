import { shown, SluiceError } from "./errors.ts";

/**
 * Units that a request spends, as `{ requests: 1, tokens: 1200 }`: non-negative safe integers in the smallest unit
 * (money in nano-dollars). Units that no limit counts are checked and ignored.
 */
export type Cost = Readonly<Record<string, number | undefined>>;

/** Throws `invalid-cost` unless `cost` is an object, and every amount in it one, also of units that no limit counts. */
export function checkCost(cost: Cost): void {
  if (typeof cost !== "object" || cost === null || Array.isArray(cost)) {
    throw new SluiceError("invalid-cost", `cost: must be an object, got ${shown(cost)}`);
  }
  for (const unit of Object.keys(cost)) amountOf(cost, unit);
}

/** The amount of `unit` in `cost`, or `undefined`. Throws `invalid-cost` unless it is a non-negative safe integer. */
export function amountOf(cost: Cost, unit: string): number | undefined {
  const amount = Object.hasOwn(cost, unit) ? cost[unit] : undefined;
  if (amount === undefined) return undefined;
  if (Number.isSafeInteger(amount) && amount >= 0) return amount;
  throw new SluiceError(
    "invalid-cost",
    `cost: "${unit}" must be a non-negative safe integer, got ${shown(amount)}`,
  );
}

/**
 * What a request spends of `unit`. One request, and one place in flight, where the cost is silent about them;
 * every other unit that a limit counts must be named, or the limit would never be enforced.
 */
export function spentOf(cost: Cost, unit: string, limit: string): number {
  const amount = amountOf(cost, unit);
  if (amount !== undefined) return amount;
  if (unit === "requests" || unit === "inflight") return 1;
  throw new SluiceError(
    "invalid-cost",
    `cost: limit "${limit}" counts "${unit}", which the cost does not name`,
  );
}
