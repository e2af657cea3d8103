import type { Claim, Outcome } from "@sluice/core";

import type { Rule } from "./rule.ts";

/** Units that this process has taken from the server at once. */
export interface Slice {
  readonly pool: Pool;
  /** What the server knows it by. */
  readonly id: string;
  readonly claim: Claim;
  /** By the local clock: before it was asked for, and when it is used no more. */
  readonly askedMs: number;
  readonly untilMs: number;
  /** By the server's clock, when it was charged. */
  readonly atMs: number;
  /** Of the pool, when it was asked for. */
  readonly era: number;
  left: number;
  /** Leases, and decisions under way, that may yet give some of it back. */
  holders: number;
  /** Empty: some of it may come back and be used again. Closed: may come back to the server. Ended: settled. */
  state: "open" | "empty" | "closed" | "ended";
}

/** Units of a slice that a decision took. */
export interface Part {
  readonly slice: Slice;
  units: number;
}

/** What the server would refuse, as it said. */
interface Refusal {
  readonly verdict: Outcome["verdict"];
  /** Whatever costs as much, too. */
  readonly cost: number;
  /** By the local clock, when the server will have room, and until when it is not asked. */
  readonly retryAtMs: number;
  readonly untilMs: number;
  /** When the server is asked again, unheard by those who are refused meanwhile. */
  readonly probeAtMs: number;
  readonly blockedUntilMs: number;
}

/** What this process knows and holds of one count. */
export interface Pool {
  readonly subject: string;
  rule: Rule;
  /** Those that are open, the oldest first, and what is left of all of them. */
  readonly slices: Slice[];
  left: number;
  refusals: Refusal[];
  /** As the server said last: what is charged, slices of others and unused ones too, and when some of it leaves. */
  charged: number;
  freesAtMs: number;
  /** Its time when it charged the slice that was used last, or answered last; and when it was asked. `NaN` before it ever did. */
  atMs: number;
  askedMs: number;
  /** Since `sinceMs`: units asked for, and decisions. */
  demand: number;
  decisions: number;
  sinceMs: number;
  /** In a millisecond, before that. */
  unitRate: number;
  decisionRate: number;
  /** What the server is likely to have: less after it refused, more after it did not. */
  room: number;
  /** Slices taken in one go, and when the last refill began. */
  bulk: number;
  refilledMs: number;
  /** Below this it is time to take more. */
  low: number;
  lastUseMs: number;
  /** The refill under way, callers that wait for it, and units that they want. */
  refill: Promise<void> | undefined;
  waiting: number;
  wanted: number;
  /** Whether the last slice came when it was too old to be used. */
  isLate: boolean;
  /** Changed by a reset or a block: slices that were asked for before are used no more. */
  era: number;
}

/** A pool that holds and knows nothing. */
export function createPool(rule: Rule, subject: string, now: number): Pool {
  return {
    subject,
    rule,
    slices: [],
    left: 0,
    refusals: [],
    charged: 0,
    freesAtMs: 0,
    atMs: Number.NaN,
    askedMs: now,
    demand: 0,
    decisions: 0,
    sinceMs: now,
    unitRate: 0,
    decisionRate: 0,
    room: rule.slice,
    bulk: 1,
    refilledMs: -Infinity,
    low: 0,
    lastUseMs: now,
    refill: undefined,
    waiting: 0,
    wanted: 0,
    isLate: false,
    era: 0,
  };
}

/** Takes in a slice that the server has granted. */
export function open(slice: Slice): void {
  slice.pool.slices.push(slice);
  slice.pool.left += slice.left;
}

/** Uses a slice no more; what was used of it is still to be told to the server, as `closed` will have it. */
export function close(slice: Slice, closed: Slice[]): void {
  const { pool } = slice;
  slice.state = "closed";
  pool.slices.splice(pool.slices.indexOf(slice), 1);
  pool.left -= slice.left;
  closed.push(slice);
}

/** Closes all slices. */
export function closeAll({ slices }: Pool, closed: Slice[]): void {
  while (slices.length > 0) close(slices[0]!, closed);
}

/** Closes the slices that are used no more at `now`. */
export function closeOld(pool: Pool, now: number, closed: Slice[]): void {
  while (pool.slices.length > 0 && pool.slices[0]!.untilMs <= now) close(pool.slices[0]!, closed);
}

/** Takes units that are there, from the oldest slices; told in `parts` for those who may give them back. */
export function take(pool: Pool, cost: number, closed: Slice[], parts?: Part[]): void {
  let wanted = cost;
  while (wanted > 0) {
    const slice = pool.slices[0]!;
    const units = Math.min(wanted, slice.left);
    wanted -= units;
    slice.left -= units;
    pool.left -= units;
    pool.atMs = slice.atMs;
    pool.askedMs = slice.askedMs;
    if (parts !== undefined) {
      slice.holders++;
      parts.push({ slice, units });
    }
    if (slice.left > 0) continue;
    if (slice.holders === 0) {
      close(slice, closed);
    } else {
      slice.state = "empty";
      pool.slices.shift();
    }
  }
}

/** Gives back up to `units` of what was taken, the latest first, to slices that have not ended. */
export function giveBack(parts: readonly Part[], units: number): void {
  let left = units;
  for (const part of parts.toReversed()) {
    const given = Math.min(left, part.units);
    if (given === 0) continue;
    left -= given;
    part.units -= given;
    const { slice } = part;
    const { pool } = slice;
    if (slice.state === "ended") continue;
    slice.left += given;
    if (slice.state === "open") {
      pool.left += given;
    } else if (slice.state === "empty" && slice.era === pool.era) {
      slice.state = "open";
      open(slice);
      pool.slices.sort((a, b) => a.untilMs - b.untilMs);
    }
  }
}

/** Nothing of these will be given back any more. */
export function letGo(parts: readonly Part[]): void {
  for (const { slice } of parts) slice.holders--;
}

/** Remembers a refusal, and of those before only what it does not say. */
export function remember(pool: Pool, refusal: Refusal, now: number): void {
  const { cost, untilMs } = refusal;
  const others = pool.refusals.filter(
    (other) => other.untilMs > now && (other.cost < cost || other.untilMs > untilMs),
  );
  pool.refusals = [...others.slice(-3), refusal];
}

/** What the server would answer to a cost, as far as it is known. */
export function refusalOf(pool: Pool, cost: number, now: number): Refusal | undefined {
  if (pool.refusals.length === 0) return undefined;
  return pool.refusals.find((refusal) => cost >= refusal.cost && refusal.untilMs > now);
}

/** Writes the four numbers of a claim to `states`: `used` is what the server last said, less what is held here unused. */
export function tell(
  pool: Pool,
  cost: number,
  now: number,
  isAllowed: boolean,
  states: number[],
): void {
  const used = Math.max(isAllowed ? cost : 0, pool.charged - pool.left);
  states.push(used);
  let retryMs = 0;
  let blockedMs = 0;
  if (!isAllowed) {
    const refusal = refusalOf(pool, cost, now);
    if (cost > pool.rule.shared.capacity) retryMs = Infinity;
    else if (refusal !== undefined && refusal.verdict !== "full") {
      retryMs = Math.max(1, Math.ceil(Math.max(refusal.retryAtMs, refusal.untilMs) - now));
    }
    if (refusal !== undefined) blockedMs = Math.max(0, Math.ceil(refusal.blockedUntilMs - now));
  }
  states.push(retryMs, used === 0 ? 0 : Math.max(1, Math.ceil(pool.freesAtMs - now)), blockedMs);
}
