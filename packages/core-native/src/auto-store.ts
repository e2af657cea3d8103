import { type Clock, type Duration, memoryStore, type MemoryStore } from "@sluice/core";

import { loadNative, whyNot } from "./load.ts";
import { nativeStore, type NativeStore } from "./native-store.ts";

/** Options of `autoStore()`: what both stores have. */
export interface AutoStoreOptions {
  readonly clock?: Clock;
  readonly maxKeys?: number;
  readonly maxLeases?: number;
  readonly remember?: Duration;
}

/** A store, which kind it is, and why. */
export type AutoStore =
  | { readonly kind: "native"; readonly store: NativeStore; readonly reason: string }
  | { readonly kind: "memory"; readonly store: MemoryStore; readonly reason: string };

/**
 * The store in Rust where there is a binary for this machine, else the one in TypeScript, which decides the same. Throws
 * `invalid-option`, and where `SLUICE_NATIVE` is `require`, `native-unavailable`.
 */
export function autoStore(options: AutoStoreOptions = {}): AutoStore {
  const native = loadNative();
  if (native === undefined) {
    return { kind: "memory", store: memoryStore(options), reason: whyNot() };
  }
  return { kind: "native", store: nativeStore(options), reason: `loaded ${native.from}` };
}
