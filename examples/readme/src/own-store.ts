import { describe, it } from "node:test";

import { type AsyncStore, memoryStore, type SyncStore } from "@sluice/core";
import { storeContract } from "@sluice/core/testing";

/** A store whose counts are elsewhere: each verb goes there and back through `send`, which may be a socket. */
function remoteStore(counts: SyncStore, send: <T>(message: T) => Promise<T>): AsyncStore {
  return {
    reserve: async (claims, lease) => send(counts.reserve(claims, lease)),
    reserveMany: async (batch) => send(counts.reserveMany(batch)),
    peek: async (claims) => send(counts.peek(claims)),
    extend: async (claims, extension) => send(counts.extend(claims, extension)),
    settle: async (claims, settlement) => send(counts.settle(claims, settlement)),
    adjust: async (claims, direction) => send(counts.adjust(claims, direction)),
    block: async (claims, forMs) => send(counts.block(claims, forMs)),
    reset: async (claims) => send(counts.reset(claims)),
  };
}

storeContract({ describe, it }, (clock, rememberMs) => {
  const counts = memoryStore({ clock, remember: rememberMs });
  // What a store answers is good until its next call: it is copied, as a socket would.
  return remoteStore(counts, async (message) => structuredClone(message));
});
