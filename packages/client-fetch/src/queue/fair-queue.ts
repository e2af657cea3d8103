import type { QueueClass } from "./classes.ts";

/** What waits, with its place in the line of its class. */
export interface Queued {
  readonly classIndex: number;
  /** What it will cost, in tokens. */
  readonly cost: number;
  readonly sinceMs: number;
  before: Queued | undefined;
  behind: Queued | undefined;
  isQueued: boolean;
}

/** One line for each class, served so that each gets tokens by its weight. */
export interface FairQueue<T extends Queued> {
  readonly size: number;
  /** Calls, and tokens, that wait in a class. */
  count(classIndex: number): number;
  cost(classIndex: number): number;
  push(item: T): void;
  /** The first in line, of the class whose turn it is of those that `may` go; leaves it there. */
  next(nowMs: number, may: (classIndex: number) => boolean): T | undefined;
  /** Takes it out; it had its turn. */
  serve(item: T): void;
  /** Takes it out; it did not. */
  remove(item: T): void;
  /** The last to come of the last class behind `classIndex` that has any. */
  lastBehind(classIndex: number): T | undefined;
  items(): readonly T[];
}

interface Line {
  readonly weight: number;
  first: Queued | undefined;
  last: Queued | undefined;
  count: number;
  cost: number;
  /** Tokens it was served, by its weight: whoever has least is next. */
  served: number;
}

// So much that calls which come now and then, some of them together, hardly ever wait for the turn of others.
const creditCalls = 8;

/**
 * A weighted fair queue (start-time fair queueing over tokens, as in VTC, OSDI'24). Who was away comes back with credit for eight calls of
 * a class of weight 1, no more; the head of a line that has waited for `agingMs` counts as one such call behind.
 */
export function createFairQueue<T extends Queued>(
  classes: readonly QueueClass[],
  agingMs: number,
): FairQueue<T> {
  const lines: Line[] = classes.map(({ weight }) => ({
    weight,
    first: undefined,
    last: undefined,
    count: 0,
    cost: 0,
    served: 0,
  }));
  let size = 0;
  let usualCost = 1;

  function take(item: Queued): Line {
    const line = lines[item.classIndex]!;
    if (item.before === undefined) line.first = item.behind;
    else item.before.behind = item.behind;
    if (item.behind === undefined) line.last = item.before;
    else item.behind.before = item.before;
    item.before = undefined;
    item.behind = undefined;
    item.isQueued = false;
    line.count -= 1;
    line.cost -= item.cost;
    size -= 1;
    return line;
  }

  /** How much the line that was served least, of those with calls waiting, was served. */
  function leastServed(): number {
    let least = Infinity;
    for (const { first, served } of lines) if (first !== undefined) least = Math.min(least, served);
    return least;
  }

  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it holds only what it was given
  const own = (item: Queued | undefined): T | undefined => item as T | undefined;

  return {
    get size() {
      return size;
    },
    count: (classIndex) => lines[classIndex]!.count,
    cost: (classIndex) => lines[classIndex]!.cost,
    push(item) {
      const line = lines[item.classIndex]!;
      if (size === 0) for (const each of lines) each.served = 0;
      else if (line.count === 0) {
        const least = leastServed();
        const credit = creditCalls * usualCost;
        line.served = Math.min(Math.max(line.served, least - credit), least + credit);
      }
      item.before = line.last;
      if (line.last === undefined) line.first = item;
      else line.last.behind = item;
      line.last = item;
      item.isQueued = true;
      line.count += 1;
      line.cost += item.cost;
      size += 1;
    },
    next(nowMs, may) {
      let found: Queued | undefined;
      let least = Infinity;
      for (const [index, { first, served }] of lines.entries()) {
        if (first === undefined || !may(index)) continue;
        const aged = Math.min(1, Math.max(0, nowMs - first.sinceMs) / agingMs);
        const turn = served - aged * usualCost;
        if (turn >= least) continue;
        least = turn;
        found = first;
      }
      return own(found);
    },
    serve(item) {
      const line = take(item);
      line.served += item.cost / line.weight;
      usualCost += (item.cost - usualCost) / 16;
    },
    remove: (item) => void take(item),
    lastBehind(classIndex) {
      return own(lines.slice(classIndex + 1).findLast(({ last }) => last !== undefined)?.last);
    },
    items() {
      const items: T[] = [];
      for (const { first } of lines) {
        for (let item = own(first); item !== undefined; item = own(item.behind)) items.push(item);
      }
      return items;
    },
  };
}
