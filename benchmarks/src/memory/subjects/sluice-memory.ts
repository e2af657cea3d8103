import { memoryStore } from "@sluice/core";

import { type StoreSubject, storeSubject } from "./store-subject.ts";

/** `check` of a limiter over `memoryStore`. */
export const sluiceMemory: StoreSubject = storeSubject({
  name: "sluice-memory",
  promise: "exact sliding window, atomic over all limits, bounded memory; answers at once",
  openStore: memoryStore,
  share(maxKeys) {
    const store = memoryStore({ shared: true, maxKeys });
    const { buffer } = store;
    if (buffer === undefined) throw new Error("expected a table that threads can share");
    return { store, table: buffer };
  },
});
