import { shown, SluiceError } from "./errors.ts";

/**
 * Units that a request spends, in the smallest unit: `{ requests: 1, tokens: 1_200 }`. Amounts are non-negative safe integers. A
 * request, and a place in flight, is 1 where the cost is silent; any other unit that a limit counts must be named. Units that no limit
 * counts are checked and ignored.
 */
export type Cost = Readonly<Record<string, number | undefined>>;

/** What a request spends where nothing is said. */
export const oneRequest: Cost = Object.freeze({ requests: 1 });

/** Throws `invalid-cost` unless `cost` is an object, and every amount in it one, also of units that no limit counts. */
export function checkCost(cost: Cost): void {
  if (cost === oneRequest) return;
  if (typeof cost !== "object" || cost === null || Array.isArray(cost)) {
    throw new SluiceError("invalid-cost", `cost: must be an object, got ${shown(cost)}`);
  }
  for (const unit in cost) amountOf(cost, unit);
}

/** The amount of `unit` in `cost`, or `undefined`. Throws `invalid-cost` unless it is a non-negative safe integer. */
export function amountOf(cost: Cost, unit: string): number | undefined {
  if (cost === oneRequest) return unit === "requests" ? 1 : undefined;
  const amount = cost[unit];
  if (amount === undefined || !Object.hasOwn(cost, unit)) return undefined;
  if (Number.isSafeInteger(amount) && amount >= 0) return amount;
  throw new SluiceError(
    "invalid-cost",
    `cost: "${unit}" must be a non-negative safe integer, got ${shown(amount)}`,
  );
}

/** What is spent of a unit that the cost is silent about. */
export type Unnamed = (unit: string) => number | undefined;

/** One request, and one place in flight. */
const oneOfEach: Unnamed = (unit) => (unit === "requests" || unit === "inflight" ? 1 : undefined);
/** For what is only looked at: as a request spends, and nothing of any other unit. */
export const nothingElse: Unnamed = (unit) => oneOfEach(unit) ?? 0;
/** For what changes only what it names. */
export const nothingAtAll: Unnamed = () => 0;

/**
 * What a request spends of `unit`. Where the cost is silent about it, what `unnamed` says, or without that one request and one place in
 * flight; every other unit that a limit counts must be named then, or the limit would never be enforced.
 */
export function spentOf(
  cost: Cost,
  unit: string,
  limit: string,
  unnamed: Unnamed = oneOfEach,
): number {
  const amount = amountOf(cost, unit) ?? unnamed(unit);
  if (amount !== undefined) return amount;
  throw new SluiceError(
    "invalid-cost",
    `cost: limit "${limit}" counts "${unit}", which the cost does not name`,
  );
}
