import type { Job } from "../job.ts";
import { subjects } from "../subjects/index.ts";
import { sluiceMemory } from "../subjects/sluice-memory.ts";
import { timer } from "../subjects/timer.ts";
import { batch64 } from "./batch.ts";
import { fewKeys } from "./few-keys.ts";
import { footprintOf, objectsOf } from "./footprint.ts";
import { fullWindow } from "./full-window.ts";
import { millionKeys } from "./million-keys.ts";
import { sharedThreads } from "./shared-threads.ts";
import { threeLimits } from "./three-limits.ts";
import { timedNothing } from "./timed-nothing.ts";

const sluice = [sluiceMemory];

/** All that the memory suite measures. */
export const jobs: readonly Job[] = [
  { name: "a million keys", subjects, run: millionKeys },
  { name: "few keys", subjects, run: fewKeys },
  { name: "batches of 64", subjects: sluice, run: batch64 },
  { name: "three limits", subjects: sluice, run: threeLimits },
  { name: "full windows", subjects: sluice, run: fullWindow },
  { name: "two threads", subjects: sluice, run: sharedThreads },
  { name: "timer", subjects: [timer], run: timedNothing },
  { name: "memory, 1 entry", subjects, once: true, run: footprintOf("entries1-1m", 1) },
  { name: "memory, 3 entries", subjects: sluice, once: true, run: footprintOf("entries3-1m", 3) },
  { name: "objects, 1 entry", subjects, once: true, run: objectsOf("entries1-1m", 1) },
  { name: "objects, 3 entries", subjects: sluice, once: true, run: objectsOf("entries3-1m", 3) },
];
