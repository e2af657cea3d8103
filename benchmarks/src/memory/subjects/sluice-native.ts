import { nativeStore } from "@sluice/core-native";

import { type StoreSubject, storeSubject } from "./store-subject.ts";

/** `check` of a limiter over `nativeStore`. */
export const sluiceNative: StoreSubject = storeSubject({
  name: "sluice-native",
  promise: "as sluice-memory, decision by decision, by Rust in memory outside of JavaScript's",
  openStore: nativeStore,
  share(maxKeys) {
    const store = nativeStore({ shared: true, maxKeys });
    const { table } = store;
    if (table === undefined) throw new Error("expected a table that threads can share");
    return { store, table };
  },
});
