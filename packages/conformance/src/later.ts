import type { AsyncStore, SyncStore } from "@sluice/core";

/** A store that answers later, as one in another process does. Good for one call at a time. */
export function later(store: SyncStore): AsyncStore {
  return {
    reserve: async (claims, lease) => store.reserve(claims, lease),
    reserveMany: async (batch) => store.reserveMany(batch),
    peek: async (claims) => store.peek(claims),
    extend: async (claims, extension) => store.extend(claims, extension),
    settle: async (claims, settlement) => store.settle(claims, settlement),
    adjust: async (claims, direction) => store.adjust(claims, direction),
    block: async (claims, forMs) => store.block(claims, forMs),
    reset: async (claims) => store.reset(claims),
  };
}
