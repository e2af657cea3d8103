import { memoryStore, type SyncStore } from "@sluice/core";
import { nativeStore, type NativeTable } from "@sluice/core-native";

/** What others join a store's counts by: threads, and of a path processes. */
export type Table = SharedArrayBuffer | NativeTable | { readonly path: string };

/** A store over counts that are shared. */
export function storeOn(table: Table): SyncStore {
  return table instanceof SharedArrayBuffer
    ? memoryStore({ shared: table })
    : nativeStore({ shared: table });
}
