import type { Pacer } from "../pacing/pacer.ts";
import type { QueueClass } from "./classes.ts";
import type { FairQueue, Queued } from "./fair-queue.ts";

/** How fast calls end, as it was of late. */
export interface Ending {
  end(nowMs: number): void;
  /** In a millisecond; `undefined` until ten have ended. */
  perMs(nowMs: number): number | undefined;
}

const windowMs = 30_000;

/** A rate that forgets what is older than half a minute, smoothly. */
export function createEnding(): Ending {
  let count = 0;
  let atMs = 0;
  let sinceMs: number | undefined;
  let ended = 0;

  function decay(nowMs: number): void {
    count *= Math.exp(-Math.max(0, nowMs - atMs) / windowMs);
    atMs = nowMs;
  }

  return {
    end(nowMs) {
      sinceMs ??= nowMs;
      decay(nowMs);
      count += 1;
      ended += 1;
    },
    perMs(nowMs) {
      if (ended < 10 || sinceMs === undefined) return undefined;
      decay(nowMs);
      // In its first window it has seen less than a window.
      const seen = 1 - Math.exp(-Math.max(1, nowMs - sinceMs) / windowMs);
      return count / (windowMs * seen);
    },
  };
}

/** How long the last in line of a class is going to wait, as far as is known, when nothing pauses the lane; 0 where nothing is known. */
export function waitOf(
  queue: FairQueue<Queued>,
  classes: readonly QueueClass[],
  classIndex: number,
  pacer: Pacer,
  endingPerMs: number | undefined,
): number {
  const { weight } = classes[classIndex]!;
  const own = { calls: queue.count(classIndex), tokens: queue.cost(classIndex) };
  let { calls, tokens } = own;
  for (const [index, other] of classes.entries()) {
    if (index === classIndex) continue;
    // What the others are served until then, by their weights, if they have as much.
    const part = other.weight / weight;
    calls += Math.min(queue.count(index), own.calls * part);
    tokens += Math.min(queue.cost(index), own.tokens * part);
  }
  const byRequests = calls / (pacer.perMs("requests") ?? Infinity);
  const byTokens = tokens / (pacer.perMs("tokens") ?? Infinity);
  const byPlaces = endingPerMs === undefined ? 0 : calls / endingPerMs;
  return Math.max(byRequests, byTokens, byPlaces);
}
