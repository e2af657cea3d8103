import { setImmediate } from "node:timers/promises";
import { getHeapSnapshot, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { sink } from "./loop.ts";

/** What is in use, in bytes. */
export interface Footprint {
  /** V8's heap. */
  readonly heap: number;
  /** What hangs outside of it, array buffers included that are not shared. */
  readonly external: number;
  /** Array buffers, shared or not. */
  readonly arrayBuffers: number;
  readonly rss: number;
}

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Collects all garbage. */
export async function collectGarbage(): Promise<void> {
  collect();
  // Array buffers are freed by another thread, and what finalizers let go goes with the next collection.
  await setImmediate();
  collect();
}

/** Collects all garbage, then brings in the pages that `objects` new ones go to: a page fault takes longer than most decisions. */
export async function settle(objects: number): Promise<void> {
  await collectGarbage();
  for (let index = 0; index < objects; index++) sink.last = `settle-${index}`;
}

/** What is in use once garbage is gone. */
export async function footprint(): Promise<Footprint> {
  await collectGarbage();
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return { heap: heapUsed, external, arrayBuffers, rss };
}

/** How many objects are on V8's heap once garbage is gone: the nodes of a heap snapshot. */
export async function heapObjects(): Promise<number> {
  let head = "";
  for await (const chunk of getHeapSnapshot()) {
    head += String(chunk);
    const [, count] = /"node_count":(\d+)/.exec(head) ?? [];
    if (count !== undefined) return Number(count);
  }
  throw new Error("the heap snapshot does not tell its node_count");
}
