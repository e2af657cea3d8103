import { autoStore } from "@sluice/core-native";

const { store, kind, reason } = autoStore();
console.log(kind, reason, store.size().keys); // "native", and where from, or "memory", and why; 0
