import type { Terms } from "../store/store.ts";
import {
  book,
  type CountHistory,
  expire,
  forget,
  leavesAt,
  type Part,
  recharge,
} from "./history-count.ts";
import type {
  AdjustmentRecord,
  ExpiryRecord,
  ExtensionRecord,
  GrantRecord,
  HistoryRecord,
  LostRecord,
  SettleRecord,
} from "./history-record.ts";
import { type LeaseTally, tallyOf } from "./history-tally.ts";

/** A lease as a history has it. */
interface HistoryLease {
  readonly atMs: number;
  readonly expiresAfterMs: number;
  /** By limit and subject. */
  readonly parts: Map<string, Part>;
  deadlineMs: number;
  endedAtMs: number;
  state: Part["state"];
  isLate: boolean;
  /** How often its id was charged. */
  readonly times: number;
}

/** Is told what must not be; `worst` is how bad it is. */
export type Blame = (
  invariant: "I4" | "I5" | "I6",
  message: string,
  worst: number,
  record: HistoryRecord,
) => void;

/** Books `records`, which are in order, to the counts they are about. */
export function bookAll(
  records: readonly HistoryRecord[],
  termsOf: (limit: string) => Terms,
  rememberMs: number,
  blame: Blame,
): { readonly counts: readonly CountHistory[]; readonly tally: LeaseTally } {
  const counts: CountHistory[] = [];
  const current = new Map<string, CountHistory>();
  const leases = new Map<string, HistoryLease>();
  const ended: HistoryLease[] = [];
  const lost = new Set<string | undefined>();
  let foundExpired = 0;
  /** Until then the store has been losing its state. */
  let lossMs = -Infinity;

  function countOf({ limit, subject }: { limit: string; subject: string }): CountHistory {
    const key = `${limit}\n${subject}`;
    let count = current.get(key);
    if (count === undefined) {
      const terms = termsOf(limit);
      const empty = { changes: [], decisions: [], lost: [], charged: 0, givenBack: 0 };
      count = { key, limit, subject, terms, ...empty };
      current.set(key, count);
      counts.push(count);
    }
    return count;
  }

  /** The lease as it is at `atMs`. */
  function leaseAt(id: string, atMs: number): HistoryLease | undefined {
    const lease = leases.get(id);
    if (lease?.state === "live" && lease.deadlineMs <= atMs) endByDeadline(lease);
    return lease;
  }

  function grant(record: GrantRecord): void {
    const count = countOf(record);
    if (record.replayed !== true) count.decisions.push(record);
    const { id, atMs, cost } = record;
    if (id === undefined) {
      if (count.terms.algorithm !== "concurrency") charge(count, record, atMs, cost);
      return;
    }
    let lease = leaseAt(id, atMs);
    let times = 1;
    const isSameGrant =
      lease?.atMs === atMs && lease.state === "live" && !lease.parts.has(count.key);
    if (record.replayed === true && lease?.parts.has(count.key) === true) return;
    // The store has forgotten the id, and charges again what it has forgotten too: the lease goes on.
    const isLost = lease !== undefined && lease.atMs <= lossMs;
    if (isLost && lease?.state === "live" && lease.parts.has(count.key)) return;
    if (lease !== undefined && !isSameGrant && record.replayed !== true) {
      const isForgotten = lease.state !== "live" && atMs >= lease.endedAtMs + rememberMs;
      const isUndone = lease.state === "settled" && chargedBy(lease) === 0;
      if (!isForgotten && !isUndone && !isLost) {
        times = lease.times + 1;
        blame("I5", `id "${id}" was charged again`, times, record);
      }
      ended.push(lease);
      lease = undefined;
    }
    // What was lost was charged between the two.
    const fromMs = record.replayed === true ? (record.sinceMs ?? -Infinity) : atMs;
    if (lease === undefined) {
      const expiresAfterMs = record.expiresAfterMs ?? Infinity;
      const parts = new Map<string, Part>();
      const deadlineMs = fromMs === -Infinity ? atMs : fromMs + expiresAfterMs;
      const open = { atMs, expiresAfterMs, parts, deadlineMs, endedAtMs: Infinity };
      lease = { ...open, state: "live", isLate: false, times };
      leases.set(id, lease);
    }
    lease.parts.set(count.key, charge(count, record, fromMs, cost));
    leaseAt(id, atMs);
  }

  /** The part of a lease that a record is about, if it may still change. */
  function partOf(record: ExtensionRecord | SettleRecord | ExpiryRecord): Part | undefined {
    const { kind, id, atMs } = record;
    const lease = leaseAt(id, atMs);
    const count = countOf(record);
    const part = lease?.parts.get(count.key);
    if (lease === undefined || part === undefined) {
      blame("I4", `${kind} of lease "${id}", which nobody was granted`, 1, record);
    } else if (part.state === "settled") {
      blame("I4", `${kind} of lease "${id}", which had ended`, 1, record);
    } else {
      if (part.count !== count) forget(part, count);
      return part;
    }
  }

  function lose(record: LostRecord): void {
    countOf(record).lost.push(record);
    lost.add(record.id);
  }

  function extend(record: ExtensionRecord): void {
    const part = partOf(record);
    if (part === undefined) return;
    const lease = leases.get(record.id)!;
    if (record.used !== undefined) part.used = (part.used ?? 0) + record.used;
    recharge(part, record.charged, record.atMs);
    if (lease.state === "live") lease.deadlineMs = record.atMs + lease.expiresAfterMs;
  }

  function settle(record: SettleRecord): void {
    const part = partOf(record);
    if (part === undefined) return;
    const lease = leases.get(record.id)!;
    recharge(part, record.charged, record.atMs);
    part.state = "settled";
    if (lease.state === "settled") return;
    lease.isLate = lease.state === "expired";
    lease.state = "settled";
    lease.endedAtMs = record.atMs;
  }

  function expiry(record: ExpiryRecord): void {
    const part = partOf(record);
    if (part === undefined) return;
    const { id, charged, atMs } = record;
    if (part.state === "live") {
      const { deadlineMs } = leases.get(id)!;
      blame("I4", `lease "${id}" expired before its deadline, ${deadlineMs}`, 1, record);
    } else if (part.charged !== charged && part.leavesAtMs > atMs) {
      const off = Math.abs(charged - part.charged);
      blame("I4", `lease "${id}" expired charged ${charged} for ${part.charged}`, off, record);
    }
  }

  function adjust(record: AdjustmentRecord): void {
    const { atMs, units } = record;
    const count = countOf(record);
    const isBucket = count.terms.algorithm === "token-bucket";
    const leavesAtMs = leavesAt(count.terms, atMs);
    if (units > 0) {
      return book(count, { atMs, leavesAtMs, units, overage: units, cause: "lease" });
    }
    // A bucket tells whole units of what it gave back.
    const most = isBucket ? units - 1 : units;
    book(count, { atMs, leavesAtMs, units: most, overage: 0, cause: "given-back" });
    const below = count.givenBack - count.charged;
    // And what it gave back to leases may have drained before.
    if (below > 0 && !isBucket) blame("I6", "more was given back than charged", -below, record);
  }

  for (const record of records) {
    checkNumbers(record, blame);
    if (record.kind === "grant") grant(record);
    else if (record.kind === "refusal") countOf(record).decisions.push(record);
    else if (record.kind === "lost") lose(record);
    else if (record.kind === "extension") extend(record);
    else if (record.kind === "settle") settle(record);
    else if (record.kind === "expiry") expiry(record);
    else if (record.kind === "adjustment") adjust(record);
    else if (record.kind === "reset") current.delete(countOf(record).key);
    else if (record.kind === "fault" && record.losesState === true) lossMs = Infinity;
    else if (record.kind === "healed") lossMs = Math.min(lossMs, record.atMs);
    else if (record.kind === "found-expired") foundExpired += record.leases;
  }
  const endMs = records.at(-1)?.atMs ?? 0;
  for (const id of leases.keys()) leaseAt(id, endMs);
  const all = [...ended, ...leases.values()];
  const tally = tallyOf(all, foundExpired);
  // What was lost may have been granted.
  const tooMany = foundExpired - tally.expired - lost.size;
  if (tooMany > 0) {
    const message = `${foundExpired} leases were found expired, of ${tally.expired} that were`;
    blame("I4", message, tooMany, records.at(-1)!);
  }
  return { counts, tally };
}

/** Charges `count` at `fromMs`, as far as that is still charged when it is told. */
function charge(count: CountHistory, record: GrantRecord, fromMs: number, units: number): Part {
  const { atMs, mode } = record;
  const leavesAtMs = leavesAt(count.terms, fromMs);
  const cause = mode === undefined ? "grant" : "without-store";
  if (leavesAtMs > atMs) book(count, { atMs, leavesAtMs, units, overage: 0, cause });
  const charged = { estimate: units, charged: units, overage: 0, used: undefined };
  return { count, leavesAtMs, ...charged, state: "live" };
}

function endByDeadline(lease: HistoryLease): void {
  for (const part of lease.parts.values()) expire(part, lease.deadlineMs);
  lease.state = "expired";
  lease.endedAtMs = lease.deadlineMs;
}

function chargedBy({ parts }: HistoryLease): number {
  let sum = 0;
  for (const { charged } of parts.values()) sum += charged;
  return sum;
}

/** Units are whole, and never below 0. */
function checkNumbers(record: HistoryRecord, blame: Blame): void {
  const told = { cost: 0, used: 0, charged: 0, capacity: 0, leases: 0, ...record };
  for (const name of ["cost", "used", "charged", "capacity", "leases"] as const) {
    const units = told[name] ?? 0;
    if (units >= 0 && Number.isSafeInteger(units)) continue;
    blame("I6", `${record.kind}: ${name} is ${units}`, Math.min(0, units), record);
  }
}
