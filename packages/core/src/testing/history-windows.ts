import type { CountHistory } from "./history-count.ts";
import type { GrantRecord, RefusalRecord } from "./history-record.ts";
import { sumsOf } from "./history-sums.ts";

/** Is told by how many units a count was off at a decision. */
export type Find = (
  invariant: "I1" | "I4" | "I6",
  units: number,
  record: GrantRecord | RefusalRecord,
  message: string,
) => void;

/** What is charged that nobody asked room for: it may be beside the capacity, or stands in the way of others. */
export type Overage = "excused" | "counted";

/**
 * I1 at each grant: all that is charged, less the overage that is excused, is within the capacity. What happened within one
 * millisecond may have happened in any order.
 */
export function checkCapacity(count: CountHistory, overage: Overage, find: Find): void {
  const { terms, changes, givenBack } = count;
  if (terms.algorithm === "token-bucket") return checkBucket(count, overage, find);
  const sums = sumsOf(changes, earlyMsOf(count));
  const mostAt = mostCapacities(count);
  for (const record of grantsOf(count)) {
    sums.goUpTo(record.atMs);
    const passes = passing(count, record);
    const excused = overage === "excused" ? sums.overage : sums.now.overage;
    const charged = sums.units - excused;
    // What only passed may have passed first.
    const asked = passes ? charged - sums.now.raised + record.cost : charged;
    const capacity = mostAt.get(record.atMs)!;
    find("I1", asked - capacity, record, `${asked} charged, of ${capacity}`);
    if (givenBack === 0) find("I6", sums.units, record, `${sums.units} charged`);
  }
}

/** I1 of a token bucket, by the lowest level that it can have had. */
function checkBucket(count: CountHistory, overage: Overage, find: Find): void {
  const { refill, everyMs } = count.terms;
  const coming = count.changes.toSorted((a, b) => a.atMs - b.atMs);
  const mostAt = mostCapacities(count);
  let level = 0;
  let drainedAtMs = coming[0]?.atMs ?? 0;
  let come = 0;
  let overageNow = 0;
  for (const record of grantsOf(count)) {
    while (come < coming.length && coming[come]!.atMs <= record.atMs) {
      const { atMs } = coming[come]!;
      let units = 0;
      overageNow = 0;
      for (; coming[come]?.atMs === atMs; come++) {
        const change = coming[come]!;
        const unasked = Math.max(0, change.overage);
        units += change.units - (overage === "excused" ? unasked : 0);
        if (overage === "counted" && atMs === record.atMs) overageNow += unasked;
      }
      const drained = Math.max(0, level - refill * (atMs - drainedAtMs));
      level = Math.max(0, drained + units * everyMs);
      drainedAtMs = atMs;
    }
    const capacity = mostAt.get(record.atMs)!;
    const charged = Math.ceil(level / everyMs) - overageNow;
    find("I1", charged - capacity, record, `a level of ${charged}, of ${capacity}`);
  }
}

/** Grants that ask for any room. */
function grantsOf({ decisions }: CountHistory): GrantRecord[] {
  return decisions.filter((record) => record.kind === "grant").filter(({ cost }) => cost > 0);
}

/** The highest capacity that any grant had, by its time: of one count it may depend on who asks. */
function mostCapacities(count: CountHistory): ReadonlyMap<number, number> {
  const most = new Map<number, number>();
  for (const { atMs, capacity = count.terms.capacity } of grantsOf(count)) {
    most.set(atMs, Math.max(capacity, most.get(atMs) ?? 0));
  }
  return most;
}

/**
 * I4 at each decision: what the store says is charged is what the history has as granted and neither settled nor expired, between
 * the least and the most that it can be. A store may have forgotten `bound`.
 */
export function checkUsed(count: CountHistory, bound: number, find: Find): void {
  const { terms, changes, decisions } = count;
  // What drains is not accounted for, nor which charges were given back.
  if (terms.algorithm === "token-bucket" || count.givenBack > 0) return;
  const least = sumsOf(
    changes.filter(({ cause }) => cause !== "without-store"),
    earlyMsOf(count),
  );
  const most = sumsOf(changes, 0);
  const lost = count.lost.toSorted((a, b) => a.sinceMs - b.sinceMs);
  let lostCount = 0;
  let lostUnits = 0;
  for (const record of decisions) {
    const { atMs, cost, used, mode } = record;
    if (used === undefined || mode !== undefined) continue;
    least.goUpTo(atMs);
    most.goUpTo(atMs);
    for (; lostCount < lost.length && lost[lostCount]!.sinceMs <= atMs; lostCount++) {
      lostUnits += lost[lostCount]!.cost;
    }
    const own = record.kind === "grant" && !passing(count, record) ? cost : 0;
    const low = least.units - least.now.raised + own;
    const high = most.units + most.now.lowered + lostUnits;
    const range = low === high ? `${low}` : `${low} to ${high}`;
    const message = `the store says ${used} charged, the history ${range}`;
    find("I4", Math.max(0, used - high, low - used - bound), record, message);
  }
}

/** A check of what is in flight asks for room, and holds nothing. */
function passing({ terms }: CountHistory, { id }: GrantRecord): boolean {
  return terms.algorithm === "concurrency" && id === undefined;
}

/** A store may count a charge until its slot has left; the promise is about the instant that it was made. */
function earlyMsOf({ terms: { algorithm, precisionMs } }: CountHistory): number {
  return algorithm === "sliding-window" ? precisionMs - 1 : 0;
}
