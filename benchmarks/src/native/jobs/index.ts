import type { Job } from "../../memory/job.ts";
import { batch64 } from "../../memory/jobs/batch.ts";
import { footprintOf } from "../../memory/jobs/footprint.ts";
import { millionKeys } from "../../memory/jobs/million-keys.ts";
import { sharedThreads } from "../../memory/jobs/shared-threads.ts";
import { sluiceNative } from "../../memory/subjects/sluice-native.ts";
import { subjects } from "../subjects.ts";
import { reserves } from "./reserves.ts";
import { sharedFile } from "./shared-file.ts";

const filled = footprintOf("entries100-100k", 100, ({ fullKeys }) => fullKeys);

const own = [sluiceNative];

/** All that the native suite measures: beside the store in TypeScript what a goal says so of, for the rest of that one is in the memory suite. */
export const jobs: readonly Job[] = [
  { name: "a million keys", subjects, run: millionKeys },
  { name: "batches of 64", subjects: own, run: batch64 },
  { name: "the store by itself", subjects, run: reserves },
  { name: "two threads", subjects: own, rounds: 3, run: sharedThreads },
  { name: "a shared file", subjects: own, rounds: 3, run: sharedFile },
  { name: "memory, 1 entry", subjects: own, rounds: 1, run: footprintOf("entries1-1m", 1) },
  { name: "memory, full windows", subjects, rounds: 1, run: filled },
];
