import { fastifyRateLimit } from "./fastify-rate-limit.ts";
import { rateLimitRedis } from "./rate-limit-redis.ts";
import { rateLimiterFlexible, rateLimiterFlexibleUnion } from "./rate-limiter-flexible.ts";
import { sortedSet, threeSortedSets, weightedSortedSet } from "./sorted-set.ts";
import type { Subject } from "./subject.ts";
import { upstashRatelimit } from "./upstash-ratelimit.ts";

/** What a reader would pick instead. */
export const fixedPeers: readonly Subject[] = [
  rateLimitRedis,
  rateLimiterFlexible,
  fastifyRateLimit,
  upstashRatelimit,
];

/** What a reader would write instead. */
export const exactPeers: readonly Subject[] = [sortedSet];

/** The same for tokens. */
export const weightedPeers: readonly Subject[] = [weightedSortedSet];

/** Those that decide on three limits. */
export const threePeers: readonly Subject[] = [rateLimiterFlexibleUnion, threeSortedSets];
