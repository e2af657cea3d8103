/** Amounts by the instant they leave, soonest first: each is gone once its instant has come. */
export interface Timeline {
  /** A ring of `[instant, amount]` pairs; its length is 0 or a power of two. */
  ring: Float64Array;
  /** The index, in pairs, of the soonest entry. */
  head: number;
  length: number;
  /** The sum of all amounts. */
  total: number;
}

const noRing = new Float64Array(0);
const firstRing = 8;

/** An empty timeline. */
export function createTimeline(): Timeline {
  return { ring: noRing, head: 0, length: 0, total: 0 };
}

/** Drops what has left by `now`. */
export function advance(line: Timeline, now: number): void {
  while (line.length > 0 && instant(line, 0) <= now) {
    line.total -= amount(line, 0);
    line.head = wrap(line, line.head + 1);
    line.length--;
  }
}

/** Adds `units`, at least 0, that leave at `at`. */
export function add(line: Timeline, at: number, units: number): void {
  if (units === 0) return;
  const index = search(line, at);
  if (index === line.length || instant(line, index) !== at) insert(line, index, at);
  line.ring[slot(line, index) + 1]! += units;
  line.total += units;
}

/** Takes `units` that leave at `at` back out; they must have been added and not have left. */
export function remove(line: Timeline, at: number, units: number): void {
  if (units === 0) return;
  const index = search(line, at);
  line.ring[slot(line, index) + 1]! -= units;
  line.total -= units;
  if (amount(line, index) === 0) erase(line, index);
}

/** When the entry at `index` leaves; `Infinity` beyond the last. */
export function instant(line: Timeline, index: number): number {
  return index < line.length ? line.ring[slot(line, index)]! : Infinity;
}

/** The amount of the entry at `index`. */
export function amount(line: Timeline, index: number): number {
  return line.ring[slot(line, index) + 1]!;
}

function wrap(line: Timeline, pair: number): number {
  return pair & (line.ring.length / 2 - 1);
}

function slot(line: Timeline, index: number): number {
  return wrap(line, line.head + index) * 2;
}

/** The index of the first entry that leaves at `at` or later. */
function search(line: Timeline, at: number): number {
  // Almost every charge is the latest.
  if (line.length === 0 || instant(line, line.length - 1) < at) return line.length;
  let low = 0;
  let high = line.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (instant(line, middle) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Makes room at `index` by moving the shorter side. */
function insert(line: Timeline, index: number, at: number): void {
  if (line.length * 2 === line.ring.length) grow(line);
  if (index < line.length / 2) {
    line.head = wrap(line, line.head - 1);
    line.length++;
    for (let to = 0; to < index; to++) move(line, to + 1, to);
  } else {
    line.length++;
    for (let to = line.length - 1; to > index; to--) move(line, to - 1, to);
  }
  const place = slot(line, index);
  line.ring[place] = at;
  line.ring[place + 1] = 0;
}

/** Closes the gap at `index` by moving the shorter side. */
function erase(line: Timeline, index: number): void {
  if (index < line.length / 2) {
    for (let to = index; to > 0; to--) move(line, to - 1, to);
    line.head = wrap(line, line.head + 1);
  } else {
    for (let to = index; to < line.length - 1; to++) move(line, to + 1, to);
  }
  line.length--;
}

function move(line: Timeline, from: number, to: number): void {
  const source = slot(line, from);
  const target = slot(line, to);
  line.ring[target] = line.ring[source]!;
  line.ring[target + 1] = line.ring[source + 1]!;
}

function grow(line: Timeline): void {
  const ring = new Float64Array(line.ring.length * 2 || firstRing);
  const start = line.head * 2;
  ring.set(line.ring.subarray(start));
  ring.set(line.ring.subarray(0, start), line.ring.length - start);
  line.ring = ring;
  line.head = 0;
}
