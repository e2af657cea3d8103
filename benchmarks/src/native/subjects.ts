import { sluiceMemory } from "../memory/subjects/sluice-memory.ts";
import { sluiceNative } from "../memory/subjects/sluice-native.ts";
import type { StoreSubject } from "../memory/subjects/store-subject.ts";

/** The store in Rust, and what it is measured beside. What others do is in the memory suite. */
export const subjects: readonly StoreSubject[] = [sluiceNative, sluiceMemory];
