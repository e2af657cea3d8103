export { autoStore, type AutoStore, type AutoStoreOptions } from "./auto-store.ts";
export { loadNative, type Native } from "./load.ts";
export {
  nativeStore,
  type NativeStore,
  type NativeStoreOptions,
  type NativeTable,
} from "./native-store.ts";
