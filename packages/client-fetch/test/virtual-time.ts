import type { Timing } from "../src/timing.ts";

/** A time that stands still until it is run, and then moves from event to event: an hour of sleeping takes no time. */
export interface VirtualTime extends Timing {
  /** Resolves when so much time has passed. */
  sleep(ms: number): Promise<void>;
  /** Runs what is due within the next `ms`, and ends at just that instant. */
  advance(ms: number): Promise<void>;
  /** Runs until nothing waits any more; throws when that is not so after `withinMs`. Default: a week. */
  settle(withinMs?: number): Promise<void>;
  /** How many timers are set and not cancelled: 0 when nothing leaks. */
  pending(): number;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  done: (() => void) | undefined;
}

/**
 * A virtual time that begins at `startMs`, and whose chance is `seed`'s. As on a real runtime a timer waits at least a whole
 * millisecond, and all that a timer sets off by promises has happened before the next one fires.
 */
export function virtualTime(seed = 1, startMs = 1_760_000_000_000): VirtualTime {
  const heap: Timer[] = [];
  const random = randomFrom(seed);
  let nowMs = startMs;
  let orders = 0;
  let waiting = 0;

  async function runUntil(untilMs: number): Promise<void> {
    await drained();
    while (heap.length > 0 && heap[0]!.atMs <= untilMs) {
      const { atMs, done } = pop(heap);
      if (done === undefined) continue;
      nowMs = atMs;
      waiting -= 1;
      done();
      await drained();
    }
  }

  const time: VirtualTime = {
    now: () => nowMs,
    random,
    after(ms, done) {
      const wait = Number.isNaN(ms) ? 1 : Math.max(1, Math.floor(ms));
      const timer: Timer = { atMs: nowMs + wait, order: orders++, done: undefined };
      timer.done = () => {
        timer.done = undefined;
        done();
      };
      waiting += 1;
      push(heap, timer);
      return () => {
        if (timer.done === undefined) return;
        timer.done = undefined;
        waiting -= 1;
      };
    },
    sleep: (ms) => new Promise((resolve) => time.after(ms, resolve)),
    async advance(ms) {
      const untilMs = nowMs + ms;
      await runUntil(untilMs);
      nowMs = untilMs;
    },
    async settle(withinMs = 604_800_000) {
      const untilMs = nowMs + withinMs;
      await runUntil(untilMs);
      if (waiting > 0) throw new Error(`${waiting} timers still wait after ${withinMs} ms`);
    },
    pending: () => waiting,
  };
  return time;
}

// An immediate runs when no microtask is left.
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!before(timer, heap[above]!)) break;
    heap[at] = heap[above]!;
    at = above;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): Timer {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let below = at * 2 + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below += 1;
    if (!before(heap[below]!, last)) break;
    heap[at] = heap[below]!;
    at = below;
  }
  heap[at] = last;
  return first;
}
