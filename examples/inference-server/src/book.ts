import type { Admitted } from "./events.ts";
import type { PlannedLimit } from "./plan.ts";

/** A request that was admitted. */
export interface Grant {
  readonly event: Admitted;
  /** What it stands charged, wherever that is. */
  tokens: number;
  endedAtMs: number;
}

/** What one limit counts of one request. */
export interface Entry {
  readonly atMs: number;
  /** Absent for use beyond the reservation once that has left the window. */
  readonly grant: Grant | undefined;
  amount: number;
}

/** One limit of one tenant, with what is in its window as of the last event. */
export interface Book {
  readonly tenant: string;
  readonly limit: PlannedLimit;
  readonly startMs: number;
  readonly sliceMs: number;
  entries: Entry[];
  sum: number;
  worstWindow: number;
  worstCharged: number;
  /** The most that stood charged in each slice of `sliceMs`. */
  readonly history: number[];
}

/** A book in which nothing has happened since `startMs`. */
export function openBook(
  tenant: string,
  limit: PlannedLimit,
  startMs: number,
  sliceMs: number,
): Book {
  const worst = { worstWindow: 0, worstCharged: 0 };
  return { tenant, limit, startMs, sliceMs, entries: [], sum: 0, ...worst, history: [] };
}

/** What a request with so many tokens costs a limit. */
export function costOf(limit: PlannedLimit, tokens: number): number {
  return limit.unit === "tokens" ? tokens : 1;
}

/** What stands charged in the window that ends at `atMs`, at or after the last event, when nothing else happens. */
export function chargedAt({ limit, entries }: Book, atMs: number): number {
  const afterMs = limit.windowMs === 0 ? -Infinity : atMs - limit.windowMs;
  return entries.reduce((sum, entry) => (entry.atMs > afterMs ? sum + entry.amount : sum), 0);
}

/** The history up to the slice that `atMs` is in. */
export function historyUntil(book: Book, atMs: number): number[] {
  const { startMs, sliceMs, history } = book;
  const slices = Math.floor((atMs - startMs) / sliceMs) + 1;
  const missing = Array.from({ length: Math.max(0, slices - history.length) }, (_, index) =>
    // Without an event charges only leave: the most stood at the slice's start.
    chargedAt(book, startMs + (history.length + index) * sliceMs),
  );
  return [...history, ...missing];
}

/** Brings `book` to `atMs`: drops what has left the window. */
export function turn(book: Book, atMs: number): void {
  if (atMs >= book.startMs + book.history.length * book.sliceMs) {
    book.history.push(...historyUntil(book, atMs).slice(book.history.length));
  }
  const { windowMs } = book.limit;
  if (windowMs === 0) return;
  let left = 0;
  while (left < book.entries.length && book.entries[left]!.atMs <= atMs - windowMs) {
    book.sum -= book.entries[left++]!.amount;
  }
  if (left > 0) book.entries = book.entries.slice(left);
}

/** Notes what stands charged as of the last event. */
export function note(book: Book): void {
  book.worstCharged = Math.max(book.worstCharged, book.sum);
  const slice = book.history.length - 1;
  if (slice >= 0) book.history[slice] = Math.max(book.history[slice]!, book.sum);
}
