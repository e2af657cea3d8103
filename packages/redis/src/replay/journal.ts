import type { Claim, Terms } from "@sluice/core";

import { type Aged, createByAge } from "../by-age.ts";

/** Units charged in some span of time. */
interface Cell {
  fromMs: number;
  lastMs: number;
  units: number;
  /** The caller's, the greatest of what has been put together. */
  mark: number;
}

/** What was charged to one count, and what leases hold of it. */
export interface Entry {
  readonly subject: string;
  terms: Terms;
  cells: Cell[];
  /** Of a fixed window, when what is in the cells leaves. */
  endMs: number;
  /** The caller's: units that live leases hold. */
  held: number;
}

/** What names a count. */
type Counted = Pick<Claim, "terms" | "subject">;

/** Who was charged how much, for as long as it counts. */
export interface Journal {
  readonly size: number;
  /** Entries that were dropped for want of room. */
  readonly dropped: number;
  /** The entry of a claim's count, made if need be. */
  entry(claim: Claim): Entry;
  add(entry: Entry, units: number, atMs: number, mark: number): void;
  /** Takes out up to `units`, the latest first; tells how many there were. */
  take(claim: Claim, units: number, nowMs: number): number;
  /** What is still charged at `nowMs` of all that was marked at least `mark`, without what is held. */
  charged(entry: Entry, nowMs: number, mark?: number): number;
  /** What was marked at least `from` is marked `to`. */
  remark(entry: Entry, from: number, to: number): void;
  find(of: Counted): Entry | undefined;
  forget(of: Counted): void;
  entries(): IterableIterator<Entry>;
  /** Drops what has left of the next `most` entries, going round. */
  sweep(nowMs: number, most: number): void;
}

/** Of a count: at least the latest are kept apart, and of the older ones two together make more than a span. */
const mostCells = 64;
const latestCells = 16;
/** In the time that a charge counts. */
const spans = 16;

/**
 * A journal of at most `cap` counts; when there is one more, the count that was entered first is dropped. The charges of a count are
 * summed up in at most 64 spans, each no longer than a sixteenth of the time for which it counts, and counts until its last charge has left.
 */
export function createJournal(cap: number): Journal {
  const scopes = new Map<string, Map<string, Aged<Entry>>>();
  const ages = createByAge<Entry>();
  let size = 0;
  let dropped = 0;
  let round: IterableIterator<Entry> | undefined;

  function* entries(): IterableIterator<Entry> {
    for (const subjects of scopes.values()) for (const { value } of subjects.values()) yield value;
  }
  const remove = ({ terms: { scope }, subject }: Counted): void => {
    const subjects = scopes.get(scope);
    const place = subjects?.get(subject);
    if (place === undefined) return;
    ages.remove(place);
    subjects?.delete(subject);
    size--;
  };
  const makeRoom = (): void => {
    if (ages.oldest === undefined) return;
    remove(ages.oldest.value);
    dropped++;
  };

  return {
    get size() {
      return size;
    },
    get dropped() {
      return dropped;
    },
    entry({ terms, subject }) {
      let subjects = scopes.get(terms.scope);
      if (subjects === undefined) scopes.set(terms.scope, (subjects = new Map()));
      const known = subjects.get(subject)?.value;
      if (known !== undefined) {
        known.terms = terms;
        return known;
      }
      if (size >= cap) makeRoom();
      const made = { subject, terms, cells: [], endMs: -Infinity, held: 0 };
      subjects.set(subject, ages.add(made));
      size++;
      return made;
    },
    add(entry, units, atMs, mark) {
      const { terms } = entry;
      if (units === 0 || terms.algorithm === "concurrency") return;
      if (terms.periodEndMs !== undefined && atMs >= entry.endMs) {
        entry.cells = [];
        entry.endMs = terms.periodEndMs(atMs);
      }
      const last = entry.cells.at(-1);
      if (last !== undefined && last.mark === mark && atMs - last.fromMs < grainOf(terms)) {
        last.units += units;
        if (atMs > last.lastMs) last.lastMs = atMs;
        return;
      }
      entry.cells.push({ fromMs: atMs, lastMs: atMs, units, mark });
      if (entry.cells.length > mostCells) shorten(entry, atMs);
    },
    take(claim, units, nowMs) {
      const entry = scopes.get(claim.terms.scope)?.get(claim.subject)?.value;
      if (entry === undefined) return 0;
      drop(entry, nowMs);
      let left = units;
      for (let at = entry.cells.length - 1; at >= 0 && left > 0; at--) {
        const cell = entry.cells[at]!;
        const taken = Math.min(left, cell.units);
        cell.units -= taken;
        left -= taken;
      }
      return units - left;
    },
    charged(entry, nowMs, mark = 0) {
      drop(entry, nowMs);
      return entry.terms.algorithm === "token-bucket"
        ? levelOf(entry, nowMs, mark)
        : entry.cells.reduce((sum, cell) => (cell.mark >= mark ? sum + cell.units : sum), 0);
    },
    remark({ cells }, from, to) {
      for (const cell of cells) if (cell.mark >= from) cell.mark = to;
    },
    find: ({ terms, subject }) => scopes.get(terms.scope)?.get(subject)?.value,
    forget: remove,
    entries,
    sweep(nowMs, most) {
      for (let looked = 0; looked < most; looked++) {
        const next = (round ??= entries()).next();
        if (next.done === true) {
          round = undefined;
          return;
        }
        drop(next.value, nowMs);
        if (next.value.cells.length === 0 && next.value.held === 0) remove(next.value);
      }
    },
  };
}

/** How long a charge counts, at most: of a fixed window, all until the same instant. */
function lifetimeOf(terms: Terms): number {
  const { algorithm, windowMs, precisionMs, capacity, everyMs, refill } = terms;
  if (algorithm === "fixed-window") return Infinity;
  return algorithm === "token-bucket"
    ? Math.ceil((capacity * everyMs) / refill)
    : windowMs + precisionMs;
}

function grainOf(terms: Terms): number {
  return Math.max(1, lifetimeOf(terms) / spans);
}

function drop(entry: Entry, nowMs: number): void {
  const { terms, cells } = entry;
  if (cells.length === 0) return;
  if (terms.periodEndMs !== undefined) {
    if (nowMs >= entry.endMs) entry.cells = [];
    return;
  }
  const lifetimeMs = lifetimeOf(terms);
  if (cells[0]!.lastMs + lifetimeMs > nowMs) return;
  entry.cells = cells.filter(({ lastMs }) => lastMs + lifetimeMs > nowMs);
}

/** Puts the older ones together, as far as they fit into a span. */
function shorten(entry: Entry, nowMs: number): void {
  drop(entry, nowMs);
  const { cells, terms } = entry;
  const grainMs = grainOf(terms);
  const kept: Cell[] = [];
  for (const cell of cells.slice(0, -latestCells)) {
    const last = kept.at(-1);
    if (last === undefined || cell.lastMs - last.fromMs > grainMs) {
      kept.push(cell);
      continue;
    }
    last.lastMs = Math.max(last.lastMs, cell.lastMs);
    last.units += cell.units;
    last.mark = Math.max(last.mark, cell.mark);
  }
  entry.cells = [...kept, ...cells.slice(-latestCells)];
}

/** What has not drained of a bucket that was charged nothing else, in whole units. */
function levelOf({ terms, cells }: Entry, nowMs: number, mark: number): number {
  const { refill, everyMs } = terms;
  let level = 0;
  let atMs = -Infinity;
  for (const cell of cells) {
    if (cell.mark < mark) continue;
    if (level > 0) level = Math.max(0, level - ((cell.lastMs - atMs) * refill) / everyMs);
    level += cell.units;
    atMs = cell.lastMs;
  }
  return level === 0 ? 0 : Math.max(0, Math.ceil(level - ((nowMs - atMs) * refill) / everyMs));
}
