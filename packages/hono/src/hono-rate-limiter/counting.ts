import { failOption, memoryStore, type Store as SluiceStore } from "@sluice/core";
import { type HitCounter, limiterCounter, storeCounter } from "@sluice/core/http";
import type { Env, Input } from "hono";

import { MemoryStore } from "./memory-store.ts";
import type { SluiceOptions, Store } from "./options.ts";

/** What counts, and the store that stands for it in the options and the context. */
export interface Counting<E extends Env, P extends string, I extends Input> {
  readonly counter: HitCounter;
  readonly store: Store<E, P, I>;
}

interface Terms {
  readonly windowMs: number;
  /** Whether hits may be given back. */
  readonly holds: boolean;
}

/** What counts as the options ask for. Throws `invalid-option`. */
export function countingOf<E extends Env, P extends string, I extends Input>(
  options: SluiceOptions<Store<E, P, I>>,
  { windowMs, holds }: Terms,
): Counting<E, P, I> {
  const { store = new MemoryStore<E, P, I>(), name } = options;
  const isOurs = isSluice(store);
  const { algorithm = isOurs ? "sliding-window" : "fixed-window" } = options;
  if (algorithm === "sliding-window") {
    const expected = 'a store of Sluice\'s for algorithm "sliding-window"';
    if (options.store && !isOurs) return failOption("rateLimiter: store", expected, store);
    const on = isOurs ? store : memoryStore();
    const counter = limiterCounter({ windowMs, store: on, name, holds });
    return { counter, store: standInFor(counter) };
  }
  if (algorithm !== "fixed-window") {
    failOption("rateLimiter: algorithm", '"fixed-window" or "sliding-window"', algorithm);
  }
  if (isOurs) {
    const expected =
      '"sliding-window" on a store of Sluice\'s: windows there begin with no request';
    return failOption("rateLimiter: algorithm", expected, algorithm);
  }
  if (!store?.increment) failOption("rateLimiter: store", "one that has increment", store);
  return { counter: storeCounter(store), store };
}

function isSluice(store: unknown): store is SluiceStore {
  return (
    typeof store === "object" &&
    store !== null &&
    "reserve" in store &&
    "settle" in store &&
    !("increment" in store)
  );
}

function standInFor<E extends Env, P extends string, I extends Input>(
  counter: ReturnType<typeof limiterCounter>,
): Store<E, P, I> {
  return {
    async get(key) {
      const { totalHits, resetTime } = (await counter.find(key)) ?? {};
      if (totalHits === undefined) return undefined;
      return resetTime === undefined ? { totalHits } : { totalHits, resetTime };
    },
    increment: () => failOption("store", "used by rateLimiter() alone", "increment"),
    decrement: () => failOption("store", "used by rateLimiter() alone", "decrement"),
    resetKey: async (key) => counter.forget(key),
  };
}
