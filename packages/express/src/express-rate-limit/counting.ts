import type { Store as SluiceStore } from "@sluice/core";
import { failOption, memoryStore } from "@sluice/core";
import {
  type HitCounter,
  type LimiterCounter,
  limiterCounter,
  storeCounter,
} from "@sluice/core/http";

import type { Settings } from "./config.ts";
import { MemoryStore } from "./memory-store.ts";
import { modernStore } from "./modern-store.ts";
import type { Options, RateLimitOptions, Store } from "./options.ts";

/** What counts requests, and the store that stands for it in the options. */
export interface Counting {
  readonly counter: HitCounter;
  readonly store: Store;
}

/** What counts as `given` asks for. Throws `invalid-option`, or a `TypeError` for what is no store. */
export function countingOf(given: RateLimitOptions, settings: Settings): Counting {
  const { store, name, algorithm = isSluice(store) ? "sliding-window" : "fixed-window" } = given;
  if (algorithm === "sliding-window") {
    const { windowMs, skipFailedRequests, skipSuccessfulRequests } = settings;
    const expected = 'a store of Sluice\'s for algorithm "sliding-window"';
    if (store && !isSluice(store)) return failOption("rateLimit: store", expected, store);
    const holds = skipFailedRequests || skipSuccessfulRequests;
    const on = store ?? memoryStore();
    const counter = limiterCounter({ windowMs, store: on, name, holds });
    return { counter, store: standInOf(on, name ?? "requests", counter) };
  }
  if (algorithm !== "fixed-window") {
    failOption("rateLimit: algorithm", '"fixed-window" or "sliding-window"', algorithm);
  }
  if (isSluice(store)) {
    const expected =
      '"sliding-window" on a store of Sluice\'s: windows there begin with no request';
    failOption("rateLimit: algorithm", expected, algorithm);
  }
  const modern = modernStore(store ?? new MemoryStore());
  return { counter: storeCounter(modern), store: modern };
}

/** `counting`, once its store is initialized. A store that could not be is tried again, once at a time, when a count fails. */
export function initialized({ counter, store }: Counting, options: Options): HitCounter {
  const { logger } = options;
  const started: { hasFailed: boolean; again?: Promise<void> | undefined } = { hasFailed: false };
  const failed = (what: string) => (error: unknown) => {
    started.hasFailed = true;
    logger.error(error, `rateLimit: the store's init() ${what}`);
  };
  const again = async (): Promise<void> => {
    try {
      await store.init?.(options);
      started.hasFailed = false;
    } finally {
      started.again = undefined;
    }
  };
  try {
    const starting = store.init?.(options);
    if (starting instanceof Promise) starting.catch(failed("was rejected"));
  } catch (error) {
    failed("has thrown")(error);
  }
  return {
    needsLimit: counter.needsLimit,
    async hit(key, limit) {
      try {
        return await counter.hit(key, limit);
      } catch (error) {
        if (!started.hasFailed) throw error;
        await (started.again ??= again());
        return counter.hit(key, limit);
      }
    },
  };
}

function isSluice(store: RateLimitOptions["store"]): store is SluiceStore {
  return (
    typeof store === "object" &&
    store !== null &&
    "reserve" in store &&
    "settle" in store &&
    !("increment" in store) &&
    !("incr" in store)
  );
}

const standIns = new WeakMap<SluiceStore, Map<string, Store>>();

/** What stands for a limiter where a store is asked for: one for a store and a name, so that the checks find two limiters on it. */
function standInOf(on: SluiceStore, name: string, counter: LimiterCounter): Store {
  const named = standIns.get(on) ?? new Map<string, Store>();
  standIns.set(on, named);
  const standIn: Store = named.get(name) ?? {
    localKeys: true,
    get: async (key) => {
      const count = await counter.find(key);
      return count && { resetTime: undefined, ...count };
    },
    increment: async () => failOption("store", "used by rateLimit() alone", "increment"),
    decrement: async () => failOption("store", "used by rateLimit() alone", "decrement"),
    resetKey: async (key) => counter.forget(key),
  };
  named.set(name, standIn);
  return standIn;
}
