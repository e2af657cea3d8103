import { manualClock } from "@sluice/core/testing";

import { footprint, heapObjects } from "../../garbage.ts";
import { eachKey, type KeyOrder } from "../../key-order.ts";
import type { Work } from "../../report.ts";
import type { Job } from "../job.ts";
import type { Sizes } from "../sizes.ts";
import type { Subject } from "../subjects/subject.ts";

const warmUpKeys = 1000;

/** Bytes of a key that was asked for `entries` times, each in a millisecond of its own, over a million keys or so many. */
export function footprintOf(
  work: Work,
  entries: number,
  keysOf: (sizes: Sizes) => number = ({ keys }) => keys,
): Job["run"] {
  return async ({ subject, sizes }) => {
    const keys = keysOf(sizes);
    // What code and its compiler need is not the keys'. In a function of its own, so that nothing here holds it.
    await warmUp(subject, entries);
    const before = await footprint();
    const opened = filling(subject, keys);
    await opened.fill(eachKey(keys), entries);
    const after = await footprint();
    const own = opened.bytes();
    await opened.release();
    const heap = after.heap - before.heap;
    const rss = after.rss - before.rss;
    // V8 counts a shared buffer as no more than it was made with; what else is external does not grow.
    const outside = Math.max(
      own,
      after.external - before.external,
      after.arrayBuffers - before.arrayBuffers,
    );
    return [
      { work, metric: "bytes/key", value: (heap + outside) / keys },
      { work, metric: "heap-bytes/key", value: heap / keys },
      { work, metric: "rss-bytes/key", value: rss / keys },
    ];
  };
}

/** Objects on the heap of such a key, over fewer keys: a snapshot of millions of objects takes minutes. */
export function objectsOf(work: Work, entries: number): Job["run"] {
  return async ({ subject, sizes: { countedKeys } }) => {
    const all = eachKey(2 * countedKeys);
    const opened = filling(subject, all.length);
    // The first half makes code and tables, and stays: only what the second half adds is counted.
    await opened.fill(all.subarray(0, countedKeys), entries);
    // The first snapshot leaves objects of its own behind.
    await heapObjects();
    const before = await heapObjects();
    await opened.fill(all.subarray(countedKeys), entries);
    const after = await heapObjects();
    await opened.release();
    return [{ work, metric: "objects/key", value: (after - before) / countedKeys }];
  };
}

async function warmUp(subject: Subject, entries: number): Promise<void> {
  const opened = filling(subject, warmUpKeys);
  await opened.fill(eachKey(warmUpKeys), entries);
  await opened.release();
}

interface Filling {
  /** Asks for each key of `order` in turn, `entries` times over, each time a millisecond later. */
  fill(order: KeyOrder, entries: number): Promise<void>;
  /** What the subject itself says that it has. */
  bytes(): number;
  /** Asks once more before it lets go: no engine may have dropped the keys before they were weighed. */
  release(): Promise<void>;
}

function filling(subject: Subject, keys: number): Filling {
  const clock = manualClock(Date.now());
  const opened = subject.open({ limit: 100, keys, clock });
  return {
    async fill(order, entries) {
      for (let entry = 0; entry < entries; entry++) {
        await opened.loop.run(order);
        clock.advance(1);
      }
    },
    bytes: () => opened.bytes?.() ?? 0,
    async release() {
      await opened.loop.run(eachKey(1));
      opened.close();
    },
  };
}
