import { checkSafe, charged, lookAtAll, nothing } from "./charging.ts";
import { charge, createCount, keep, slotOf, unkeep } from "./count.ts";
import { type Engine, findCounts } from "./engine.ts";
import { birthOf } from "./marks.ts";
import type { Amendment, ChargeOutcome, Claim, Outcome, Receipt } from "./store.ts";

/** A receipt of the memory store: what a lease would remember, in the hands of whoever may want it. */
interface Kept extends Receipt {
  /** Which counts were charged: one that was forgotten since, or emptied, has another. */
  readonly births: number[];
  /** What is charged now, and what was reported; `undefined` before there was a change. */
  charged: number[] | undefined;
  used: (number | undefined)[] | undefined;
  isOver: boolean;
}

/** The receipt of what has just been charged to the counts at hand. */
export function receiptOf({ table, counts }: Engine, { atMs }: Outcome, claims: number): Receipt {
  // Made with its first element: an array that begins empty takes room for many.
  const births = [birthOf(table, counts[0]!)];
  for (let index = 1; index < claims; index++) births.push(birthOf(table, counts[index]!));
  const receipt: Kept = { atMs, births, charged: undefined, used: undefined, isOver: false };
  return receipt;
}

/** Changes what was charged for a receipt of `receiptOf`, as a lease's charge is. */
export function amendCharge(
  engine: Engine,
  claims: readonly Claim[],
  given: Receipt,
  { amounts, unreported }: Amendment,
  now: number,
): ChargeOutcome {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- no other is made
  const receipt = given as Kept;
  if (receipt.isOver) return nothing(engine, now);
  const { table, keys, counts } = engine;
  const before = receipt.charged ?? claims.map(({ cost }) => cost);
  const used = claims.map((_, index) => {
    const [known, amount] = [receipt.used?.[index], amounts[index]];
    return unreported === undefined && amount !== undefined ? (known ?? 0) + amount : known;
  });
  const charges = claims.map(({ cost }, index) => {
    if (unreported === undefined) return Math.max(before[index]!, used[index] ?? 0);
    if (unreported === "expiry") return before[index]!;
    return amounts[index] ?? used[index] ?? (unreported === "estimate" ? cost : 0);
  });
  findCounts(engine, claims.length, 0);
  lookAtAll(engine, claims);
  for (const [index, { terms }] of claims.entries()) {
    const all = charges[index]!;
    checkSafe(engine, counts[index]!, terms, all - before[index]!, all);
  }
  for (const [index, all] of charges.entries()) {
    if (counts[index] !== 0 || all <= before[index]!) continue;
    if (createCount(table, keys.hashA[index]!, keys.hashB[index]!) === 0) {
      return nothing(engine, now);
    }
  }
  // Making one may have moved others.
  findCounts(engine, claims.length, 0);
  for (const [index, { terms }] of claims.entries()) {
    const [count, all, had] = [counts[index]!, charges[index]!, before[index]!];
    const slot = slotOf(terms, receipt.atMs);
    const born = birthOf(table, count);
    // Nothing of no charge can have left.
    if (had === 0) receipt.births[index] = born;
    const isGone = receipt.births[index] !== born || slot + terms.windowMs <= now;
    if (!isGone && all < had) unkeep(table, count, slot, had - all);
    else if (all > had && isGone) charge(table, count, terms, all - had, now);
    else if (all > had) keep(table, count, terms, slot, all - had);
  }
  receipt.charged = charges;
  receipt.used = used;
  receipt.isOver = unreported !== undefined;
  return charged(engine, claims, charges, now);
}
