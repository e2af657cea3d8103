import type { AsyncStore, SyncStore } from "@sluice/core";

import { later } from "./later.ts";

// A global of the runtime that tests run in, which is not in the language's own library.
declare const setImmediate: (act: () => void) => void;

/** A store that promises. */
export interface FailingStore extends AsyncStore {
  /** While there is one, every call rejects with it, and does nothing. */
  error: unknown;
}

/** A store that answers later, as `inner` does, or fails. */
export function failing(inner: SyncStore): FailingStore {
  const store = later(inner);
  const answer = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (made.error !== undefined) throw made.error;
    return ask();
  };
  const made: FailingStore = {
    error: undefined,
    reserve: async (claims, lease) => answer(() => store.reserve(claims, lease)),
    reserveMany: async (batch) => answer(() => store.reserveMany(batch)),
    peek: async (claims) => answer(() => store.peek(claims)),
    extend: async (claims, extension) => answer(() => store.extend(claims, extension)),
    settle: async (claims, settlement) => answer(() => store.settle(claims, settlement)),
    adjust: async (claims, direction) => answer(() => store.adjust(claims, direction)),
    block: async (claims, forMs) => answer(() => store.block(claims, forMs)),
    reset: async (claims) => answer(() => store.reset(claims)),
  };
  return made;
}

/** Lets everything that nobody waits for come to its end. */
export async function allDone(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
