import { expressRateLimit } from "./express-rate-limit.ts";
import { fastifyRateLimit } from "./fastify-rate-limit.ts";
import { honoRateLimiter } from "./hono-rate-limiter.ts";
import { rateLimiterFlexible } from "./rate-limiter-flexible.ts";
import { sluiceMemory } from "./sluice-memory.ts";
import type { Subject } from "./subject.ts";

/** What a reader would pick instead. */
export const peers: readonly Subject[] = [
  expressRateLimit,
  honoRateLimiter,
  fastifyRateLimit,
  rateLimiterFlexible,
];

/** Sluice and its peers. */
export const subjects: readonly Subject[] = [sluiceMemory, ...peers];
