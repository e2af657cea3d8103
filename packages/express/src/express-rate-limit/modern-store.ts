import type { IncrementResponse, LegacyStore, Store } from "./options.ts";

/** `store`, with promises in place of callbacks where it is a legacy one. Throws a `TypeError` when it is neither. */
export function modernStore(store: Store | LegacyStore): Store {
  const modern = isLegacy(store) ? promised(store) : store;
  const required = [modern.increment, modern.decrement, modern.resetKey];
  const optional = [modern.resetAll, modern.init];
  const isWhole =
    required.every((method) => typeof method === "function") &&
    optional.every((method) => method === undefined || typeof method === "function");
  if (!isWhole) {
    throw new TypeError(
      "rateLimit: store must have increment, decrement and resetKey, or the legacy incr, decrement and resetKey",
    );
  }
  return modern;
}

function isLegacy(store: Store | LegacyStore): store is LegacyStore {
  return (
    "incr" in store &&
    typeof store.incr === "function" &&
    !("increment" in store && typeof store.increment === "function")
  );
}

function promised(store: LegacyStore): Store {
  // A name of its own: that of its constructor tells apart what a request is counted by.
  class LegacyStoreAdapter implements Store {
    async increment(key: string): Promise<IncrementResponse> {
      return new Promise((resolve, reject) => {
        store.incr(key, (error, totalHits, resetTime) => {
          if (error) reject(error);
          else resolve({ totalHits, resetTime });
        });
      });
    }
    async decrement(key: string): Promise<void> {
      store.decrement(key);
    }
    async resetKey(key: string): Promise<void> {
      store.resetKey(key);
    }
    async resetAll(): Promise<void> {
      store.resetAll?.();
    }
  }
  return new LegacyStoreAdapter();
}
