import { failOption, memoryStore, type Store } from "@sluice/core";

import type { Counter } from "./counter.ts";
import { customCounter } from "./custom-counter.ts";
import { localCounter } from "./local-counter.ts";
import type { PluginOptions } from "./options.ts";
import type { Params } from "./params.ts";
import { redisCounter } from "./redis-counter.ts";
import { slidingCounter } from "./sluice-counter.ts";

/** What counts by `options`, which `params` are made of; `name` is in front of what it keeps. Throws `invalid-option`. */
export function newCounter(options: PluginOptions, params: Params, name: string): Counter {
  const { store, redis, cache, deadlineMs } = options;
  const { algorithm = isStore(store) ? "sliding-window" : "fixed-window" } = options;
  if (algorithm === "sliding-window") return slidingCounter(slidingStore(options), name, params);
  if (algorithm !== "fixed-window") {
    failOption("algorithm", '"fixed-window" or "sliding-window"', algorithm);
  }
  // A class may be written for options that are declared elsewhere.
  const told: object = params;
  if (typeof store === "function") return customCounter(new store(told));
  if (store) failOption("store", 'a class of stores where algorithm is "fixed-window"', store);
  return redis ? redisCounter(redis, name, deadlineMs) : localCounter(cache);
}

function slidingStore(options: PluginOptions): Store {
  const { store = memoryStore(), redis } = options;
  if (!isStore(store)) {
    failOption("store", 'one of Sluice where algorithm is "sliding-window"', store);
  }
  if (redis)
    failOption("redis", "left out beside a store of Sluice: store: redisStore(redis)", redis);
  return store;
}

function isStore(store: unknown): store is Store {
  return typeof store === "object" && store !== null && "reserve" in store && "peek" in store;
}
