import type { Limit } from "../limit.ts";
import type { Terms } from "../store/store.ts";
import { bookAll } from "./history-ledger.ts";
import { inOrder } from "./history-order.ts";
import type { HistoryRecord } from "./history-record.ts";
import { recoveriesOf, type Recovery } from "./history-recovery.ts";
import type { LeaseTally } from "./history-tally.ts";
import { checkCapacity, checkUsed, type Overage } from "./history-windows.ts";

/** Options of `checkHistory()`. */
export interface CheckHistoryOptions {
  /** All that the history names. Their windows depend on no subject. */
  readonly limits: readonly Limit[];
  /** Units that any count may be above its capacity, or forget: a store's published bound. One number for each limit, or for all. Default: 0. */
  readonly bound?: number | Readonly<Record<string, number>>;
  /**
   * Whether what was charged beyond a reservation may be beside the capacity, `"excused"`, or keeps others out, `"counted"`, as in a store
   * that sees it at once. Default: `"excused"`.
   */
  readonly overage?: Overage;
  /** How long the store remembers an id. Default: 10 minutes. */
  readonly rememberMs?: number;
  /** Whether what the store says is charged is compared. Default: true. */
  readonly compareUsed?: boolean;
  /** The longest that a recovery may take. Default: 10 seconds. */
  readonly recoverWithinMs?: number;
}

/** What must not be. */
export interface HistoryViolation {
  readonly message: string;
  readonly record: HistoryRecord;
  /** All of the same count or lease that led to it, itself included: of a window, no more than that. */
  readonly story: readonly HistoryRecord[];
}

/** How a history stands to one invariant. */
export interface InvariantVerdict {
  readonly holds: boolean;
  readonly worst: number;
  readonly violations: number;
  /** By time. */
  readonly first: HistoryViolation | undefined;
}

/** How a history stands to all of them. */
export interface HistoryVerdict {
  readonly isValid: boolean;
  readonly records: number;
  readonly leases: LeaseTally;
  /** No window, period, burst or time in flight holds more than its capacity. Worst: units beyond it, overage aside. */
  readonly I1: InvariantVerdict;
  /** Granted = settled + expired + live, and that is what is charged. Worst: units or leases that are not accounted for. */
  readonly I4: InvariantVerdict;
  /** Each id is charged at most once. Worst: how often one was. */
  readonly I5: InvariantVerdict;
  /** Nothing is negative, nor a fraction. Worst: the lowest. */
  readonly I6: InvariantVerdict;
  /** After each fault the store decides again. Worst: milliseconds. */
  readonly recovery: Omit<InvariantVerdict, "first"> & { readonly faults: readonly Recovery[] };
}

/**
 * Checks what was recorded of a store, or of several processes' in one, by the rules alone: I1, I4, I5, I6 and recovery. The
 * order of records is that of their times; within a millisecond, whichever keeps the promise. Takes n log n steps.
 */
export function checkHistory(
  history: readonly HistoryRecord[],
  options: CheckHistoryOptions,
): HistoryVerdict {
  const { limits, bound = 0, overage = "excused", rememberMs = 600_000 } = options;
  const { compareUsed = true, recoverWithinMs = 10_000 } = options;
  const terms = new Map(limits.map((limit) => [limit.name, limit.termsFor()]));
  const termsOf = (limit: string): Terms => {
    const known = terms.get(limit);
    if (known === undefined) throw new Error(`history: no limit is named "${limit}"`);
    return known;
  };
  const boundOf = (limit: string): number =>
    typeof bound === "number" ? bound : (bound[limit] ?? 0);
  const records = inOrder(history);
  const notes = { I1: createNote(0), I4: createNote(0), I5: createNote(1), I6: createNote(0) };

  const { counts, tally } = bookAll(records, termsOf, rememberMs, (invariant, ...blamed) =>
    notes[invariant].blame(...blamed),
  );
  for (const count of counts) {
    const most = boundOf(count.limit);
    checkCapacity(count, overage, (invariant, units, record, message) => {
      const isWrong = invariant === "I6" ? units < 0 : units > most;
      if (isWrong) notes[invariant].blame(message, units, record);
      else if (invariant === "I1") notes.I1.note(units);
    });
    if (!compareUsed) continue;
    checkUsed(count, most, (invariant, units, record, message) => {
      if (units > 0) notes[invariant].blame(message, units, record);
    });
  }

  const faults = recoveriesOf(records);
  const late = faults.filter(({ tookMs }) => tookMs > recoverWithinMs).length;
  const slowest = Math.max(0, ...faults.map(({ tookMs }) => tookMs));
  const recovery = { holds: late === 0, worst: slowest, violations: late, faults };
  const windowOf = (limit: string): number => terms.get(limit)?.windowMs ?? 0;
  const verdictOf = (note: Note): InvariantVerdict => note.verdict(records, windowOf);
  const [I1, I4] = [verdictOf(notes.I1), verdictOf(notes.I4)];
  const [I5, I6] = [verdictOf(notes.I5), verdictOf(notes.I6)];
  const isValid = [I1, I4, I5, I6, recovery].every(({ holds }) => holds);
  return { isValid, records: records.length, leases: tally, I1, I4, I5, I6, recovery };
}

type Note = ReturnType<typeof createNote>;

/** Keeps the worst figure, the number of violations and the first of them. */
function createNote(start: number) {
  let worst = start;
  let violations = 0;
  let first: { message: string; record: HistoryRecord } | undefined;
  const note = (figure: number): void => {
    if (figure < 0 ? figure < worst : figure > worst) worst = figure;
  };
  return {
    note: (units: number) => note(Math.max(0, units)),
    blame(message: string, figure: number, record: HistoryRecord): void {
      violations++;
      note(figure);
      if (first === undefined || record.atMs < first.record.atMs) first = { message, record };
    },
    verdict(
      records: readonly HistoryRecord[],
      windowOf: (limit: string) => number,
    ): InvariantVerdict {
      const holds = violations === 0;
      if (first === undefined) return { holds, worst, violations, first };
      const { message, record } = first;
      const story = storyOf(record, records, windowOf);
      return { holds, worst, violations, first: { message: told(message, record), record, story } };
    },
  };
}

function told(message: string, record: HistoryRecord): string {
  const who = "limit" in record ? `limit "${record.limit}" of "${record.subject}": ` : "";
  return `${who}${message}, at ${record.atMs}`;
}

/** What led to `last`: of its lease, and of its count within a window. */
function storyOf(
  last: HistoryRecord,
  records: readonly HistoryRecord[],
  windowOf: (limit: string) => number,
): readonly HistoryRecord[] {
  if (!("limit" in last)) return [last];
  const { limit, subject, atMs } = last;
  const id = "id" in last ? last.id : undefined;
  const windowMs = windowOf(limit) || Infinity;
  return records.filter((record) => {
    if (record.atMs > atMs || !("limit" in record)) return false;
    if (id !== undefined && "id" in record && record.id === id) return true;
    const isSame = record.limit === limit && record.subject === subject;
    return isSame && record.atMs > atMs - windowMs;
  });
}
