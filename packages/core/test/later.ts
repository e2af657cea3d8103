import type { AsyncStore, SyncStore } from "@sluice/core";

/** A store that answers later, as one in another process does: what it answered outlives the next call. */
export function later(store: SyncStore): AsyncStore {
  return {
    reserve: async (claims, lease) => copied(store.reserve(claims, lease)),
    reserveMany: async (batch) => store.reserveMany(batch).map(copied),
    peek: async (claims) => copied(store.peek(claims)),
    extend: async (claims, extension) => copied(store.extend(claims, extension)),
    settle: async (claims, settlement) => copied(store.settle(claims, settlement)),
    adjust: async (claims, direction) => copied(store.adjust(claims, direction)),
    block: async (claims, forMs) => copied(store.block(claims, forMs)),
    reset: async (claims) => copied(store.reset(claims)),
  };
}

function copied<T extends { readonly states: ArrayLike<number> }>(outcome: T): T {
  return { ...outcome, states: Array.from(outcome.states) };
}
