import { defaultExpiresAfterMs } from "./algorithms/concurrency.ts";
import { type Cost, checkCost, spentOf, type Unnamed } from "./cost.ts";
import { SluiceError } from "./errors.ts";
import type { Limit } from "./limit.ts";
import { fail } from "./options.ts";
import type { Claim } from "./store/store.ts";
import { checkSubject, type Subject, subjectKey } from "./subject.ts";

const most = 32;

/** A copy of `limits`. Throws `invalid-option` unless it is an array of 1 to 32 limits with distinct names. */
export function checkedLimits(limits: readonly Limit[], of: string): readonly Limit[] {
  if (!Array.isArray(limits) || limits.length === 0 || limits.length > most) {
    fail(`${of}: limits`, `an array of 1 to ${most} limits`, limits);
  }
  const names = new Set<string>();
  for (const limit of limits) {
    checkLimit(limit, of);
    if (names.has(limit.name)) fail(`${of}: limits`, "named apart", limit.name);
    names.add(limit.name);
  }
  return [...limits];
}

/** How long leases under `limits` live without a sign of life: as long as the least patient of those that say. */
export function expiresAfterMsOf(limits: readonly Limit[]): number {
  const said = limits.flatMap((limit) =>
    limit.algorithm === "concurrency" ? [limit.expiresAfterMs] : [],
  );
  return said.length === 0 ? defaultExpiresAfterMs : Math.min(...said);
}

/**
 * One claim for each of `limits`; of a unit that the cost does not name as `unnamed` says, else as `Cost` does.
 * Throws `invalid-subject` or `invalid-cost`.
 */
export function claimsOf(
  limits: readonly Limit[],
  subject: Subject,
  cost: Cost,
  unnamed?: Unnamed,
): Claim[] {
  checkSubject(subject);
  checkCost(cost);
  const first = claimOf(limits[0]!, subject, cost, unnamed);
  // Made with its first element: an array that begins empty takes room for many.
  const claims = [first];
  for (let index = 1; index < limits.length; index++) {
    claims.push(claimOf(limits[index]!, subject, cost, unnamed));
  }
  return claims;
}

function claimOf(limit: Limit, subject: Subject, cost: Cost, unnamed: Unnamed | undefined): Claim {
  return {
    terms: limit.termsFor(subject),
    subject: subjectKey(limit.name, limit.per, subject),
    cost: spentOf(cost, limit.unit, limit.name, unnamed),
  };
}

/** Of those of `limits` that count exactly the dimensions of `subject`, one claim each. Throws `invalid-subject` when none does. */
export function claimsWithin(limits: readonly Limit[], subject: Subject): Claim[] {
  checkSubject(subject);
  const given = Object.keys(subject).filter((dimension) => subject[dimension] !== undefined);
  const exact = limits.filter(
    ({ per }) => per.length === given.length && per.every((dimension) => given.includes(dimension)),
  );
  if (exact.length > 0) {
    return exact.map((limit) => ({
      terms: limit.termsFor(),
      subject: subjectKey(limit.name, limit.per, subject),
      cost: 0,
    }));
  }
  const known = limits.map(({ per }) => `[${per.join(", ")}]`).join(" or ");
  throw new SluiceError(
    "invalid-subject",
    `subject: must have exactly the dimensions of a limit, ${known}, got ${given.length} others`,
  );
}

function checkLimit(limit: unknown, of: string): void {
  // A copy with other numbers would go on by its old terms: it is not frozen.
  const isMade = typeof limit === "object" && limit !== null && Object.isFrozen(limit);
  if (isMade && "termsFor" in limit && typeof limit.termsFor === "function") return;
  const makers = "slidingWindow(), tokenBucket(), fixedWindow() or concurrency()";
  fail(`${of}: limits`, `made by ${makers}`, limit);
}
