import type { Job } from "../../memory/job.ts";
import { batch64 } from "../../memory/jobs/batch.ts";
import { footprintOf } from "../../memory/jobs/footprint.ts";
import { millionKeys } from "../../memory/jobs/million-keys.ts";
import { sharedThreads } from "../../memory/jobs/shared-threads.ts";
import { sluiceMemory } from "../../memory/subjects/sluice-memory.ts";
import { sluiceNative } from "../../memory/subjects/sluice-native.ts";
import { subjects } from "../subjects.ts";
import { reserves } from "./reserves.ts";
import { sharedFile } from "./shared-file.ts";

const stores = [sluiceNative, sluiceMemory];
const filled = footprintOf("entries100-100k", 100, ({ fullKeys }) => fullKeys);

/** All that the native suite measures. */
export const jobs: readonly Job[] = [
  { name: "a million keys", subjects, run: millionKeys },
  { name: "batches of 64", subjects: stores, run: batch64 },
  { name: "the store by itself", subjects: stores, run: reserves },
  { name: "two threads", subjects: stores, run: sharedThreads },
  { name: "a shared file", subjects: [sluiceNative], run: sharedFile },
  { name: "memory, 1 entry", subjects, once: true, run: footprintOf("entries1-1m", 1) },
  { name: "memory, full windows", subjects: stores, once: true, run: filled },
];
