import { bottleneck } from "./bottleneck.ts";
import { expressRateLimit } from "./express-rate-limit.ts";
import { fastifyRateLimit } from "./fastify-rate-limit.ts";
import { honoRateLimiter } from "./hono-rate-limiter.ts";
import { limiter } from "./limiter.ts";
import { rateLimiterFlexible } from "./rate-limiter-flexible.ts";
import { sluiceMemory } from "./sluice-memory.ts";
import type { Subject } from "./subject.ts";

/** What a reader would pick instead. */
const peers: readonly Subject[] = [
  expressRateLimit,
  honoRateLimiter,
  fastifyRateLimit,
  rateLimiterFlexible,
  limiter,
];

/** Sluice and its peers. */
export const subjects: readonly Subject[] = [sluiceMemory, ...peers];

/** For few keys alone: a million schedulers of jobs do not fit in most machines. */
export const fewKeysSubjects: readonly Subject[] = [...subjects, bottleneck];
