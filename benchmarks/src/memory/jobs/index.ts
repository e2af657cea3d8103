import type { Job } from "../job.ts";
import { expressRateLimit } from "../subjects/express-rate-limit.ts";
import { honoRateLimiter } from "../subjects/hono-rate-limiter.ts";
import { fewKeysSubjects, subjects } from "../subjects/index.ts";
import { limiter } from "../subjects/limiter.ts";
import { rateLimiterFlexible } from "../subjects/rate-limiter-flexible.ts";
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

/** For a first look: the fastest peer, and the one that most would pick. */
const first = [sluiceMemory, honoRateLimiter, expressRateLimit];

/** Far behind with a million keys, and long in getting there. */
const slow = [rateLimiterFlexible, limiter];
const swift = subjects.filter((subject) => !slow.includes(subject));

/** All that the memory suite measures. */
export const jobs: readonly Job[] = [
  { name: "a million keys", subjects: swift, quick: first, run: millionKeys },
  {
    name: "a million keys, of slower ones",
    subjects: slow,
    rounds: 2,
    quick: [],
    run: millionKeys,
  },
  {
    name: "few keys",
    subjects: fewKeysSubjects,
    quick: [...first, rateLimiterFlexible],
    run: fewKeys,
  },
  { name: "batches of 64", subjects: sluice, run: batch64 },
  { name: "three limits", subjects: sluice, run: threeLimits },
  { name: "full windows", subjects: sluice, run: fullWindow },
  { name: "two threads", subjects: sluice, rounds: 3, quick: [], run: sharedThreads },
  { name: "timer", subjects: [timer], run: timedNothing },
  {
    name: "memory, 1 entry",
    subjects,
    quick: first,
    rounds: 1,
    run: footprintOf("entries1-1m", 1),
  },
  {
    name: "memory, 3 entries",
    subjects: sluice,
    rounds: 1,
    quick: [],
    run: footprintOf("entries3-1m", 3),
  },
  {
    name: "objects, 1 entry",
    subjects,
    rounds: 1,
    quick: [],
    run: objectsOf("entries1-1m", 1),
  },
  {
    name: "objects, 3 entries",
    subjects: sluice,
    rounds: 1,
    quick: [],
    run: objectsOf("entries3-1m", 3),
  },
];
