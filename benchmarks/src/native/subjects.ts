import { expressRateLimit } from "../memory/subjects/express-rate-limit.ts";
import { honoRateLimiter } from "../memory/subjects/hono-rate-limiter.ts";
import { sluiceMemory } from "../memory/subjects/sluice-memory.ts";
import { sluiceNative } from "../memory/subjects/sluice-native.ts";
import type { Subject } from "../memory/subjects/subject.ts";

/** Others' packages; the memory suite has more of them. */
export const packages: readonly Subject[] = [honoRateLimiter, expressRateLimit];

/** The store in Rust, and what it is measured beside. */
export const subjects: readonly Subject[] = [sluiceNative, sluiceMemory, ...packages];
