import { charged, checkSafe, lookAtAll, nothing } from "./charging.ts";
import { charge, dropCount, giveBack, renewIfEmpty } from "./count.ts";
import { makeRoom } from "./deciding.ts";
import { type Engine, findCounts } from "./engine.ts";
import { blockUntil, someExtension } from "./extension.ts";
import type { ChargeOutcome, Claim } from "./store.ts";

/** Charges the claims' costs whatever is charged already, or gives them back. */
export function adjustCounts(
  engine: Engine,
  claims: readonly Claim[],
  direction: "charge" | "refund",
  now: number,
): ChargeOutcome {
  const { table, counts } = engine;
  const units = claims.map(({ terms, cost }) => (terms.algorithm === "concurrency" ? 0 : cost));
  findCounts(engine, claims.length, 0);
  lookAtAll(engine, claims);
  for (const [index, { terms }] of claims.entries()) {
    if (direction === "charge") checkSafe(engine, counts[index]!, terms, units[index]!, 0);
  }
  if (direction === "refund") {
    const back = claims.map(({ terms }, index) =>
      counts[index] === 0 ? 0 : giveBack(table, counts[index]!, terms, units[index]!),
    );
    return charged(engine, claims, back, now);
  }
  if (!haveCounts(engine, claims, units)) return nothing(engine, now);
  for (const [index, { terms }] of claims.entries()) {
    if (units[index]! > 0) charge(table, counts[index]!, terms, units[index]!, now);
  }
  return charged(engine, claims, units, now);
}

/** Refuses the claims' counts for so long from now; 0 lifts a block. */
export function blockCounts(
  engine: Engine,
  claims: readonly Claim[],
  forMs: number,
  now: number,
): ChargeOutcome {
  findCounts(engine, claims.length, 0);
  for (const index of claims.keys()) {
    if (engine.counts[index] !== 0) renewIfEmpty(engine.table, engine.counts[index]!, now);
  }
  const wanted = claims.map(() => forMs);
  if (!haveCounts(engine, claims, wanted)) return nothing(engine, now);
  // All or none: each has its room before the first is blocked.
  const extended = engine.counts
    .slice(0, claims.length)
    .flatMap((count) => (count === 0 ? [] : [someExtension(engine.table, count)]));
  if (extended.includes(0)) return nothing(engine, now);
  for (const block of extended) blockUntil(engine.table, block, now + forMs);
  const none = claims.map(() => 0);
  return charged(engine, claims, none, now);
}

/** Forgets the claims' counts. */
export function resetCounts(engine: Engine, claims: readonly Claim[], now: number): ChargeOutcome {
  for (const index of claims.keys()) {
    // Dropping one may have moved this one.
    findCounts(engine, claims.length, 0);
    if (engine.counts[index] !== 0) dropCount(engine.table, engine.counts[index]!);
  }
  findCounts(engine, claims.length, 0);
  const none = claims.map(() => 0);
  return charged(engine, claims, none, now);
}

/** Makes the counts that are missing where something is wanted; false, and nothing has changed, when there is no room for them. */
function haveCounts(engine: Engine, claims: readonly Claim[], wanted: readonly number[]): boolean {
  const isMissing = wanted.some((units, index) => units > 0 && engine.counts[index] === 0);
  return !isMissing || makeRoom(engine, claims, 0, false, (index) => wanted[index]! > 0);
}
