import type { ByteQueue } from "./byte-queue.ts";
import { matchSkeleton, type Skeleton, skeletonOf } from "./skeleton.ts";

/** The few shapes of event that a stream repeats. */
export interface KnownEvents {
  /** Where the event at `from` ends if it is of a known shape, or -1. What it carries is then in `found`. */
  match(queue: ByteQueue, from: number, to: number): number;
  /** Remembers the shape of an event whose reader took `text` from it, which is not empty, and nothing else. */
  learn(
    queue: ByteQueue,
    from: number,
    to: number,
    text: string,
    keys: { readonly textKeys: readonly string[]; readonly noiseKeys: readonly string[] },
  ): void;
}

// One for text, reasoning, arguments and so on, of two answers at a time.
const most = 8;
// Shapes learnt in a row that never came again: then this stream has none worth looking for.
const vainMost = 32;

/** An empty memory, which keeps at most eight shapes of events of at most 4 KiB. */
export function knownEvents(): KnownEvents {
  const skeletons: Skeleton[] = [];
  let next = 0;
  let last = 0;
  let vain = 0;
  return {
    match(queue, from, to) {
      for (let tried = 0; tried < skeletons.length; tried++) {
        const index = tried === 0 ? last : tried <= last ? tried - 1 : tried;
        const end = matchSkeleton(skeletons[index]!, queue.bytes, queue.view, from, to);
        if (end < 0) continue;
        last = index;
        vain = 0;
        return end;
      }
      return -1;
    },
    learn(queue, from, to, text, { textKeys, noiseKeys }) {
      if (vain >= vainMost || to - from > 4_096) return;
      const skeleton = skeletonOf(queue.bytes, from, to, text, textKeys, noiseKeys);
      if (skeleton === undefined) return;
      vain++;
      skeletons[next] = skeleton;
      last = next;
      next = (next + 1) % most;
    },
  };
}
