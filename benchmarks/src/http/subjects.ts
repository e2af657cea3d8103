import type { Framework } from "./framework.ts";

/** What stands in front of a handler. */
export interface Subject {
  /** `sluice`, or the name of a package. */
  readonly name: string;
  /** What its answer means: a fast wrong answer is not a win. */
  readonly promise: string;
}

/** Sluice's adapters. */
export const sluice: Subject = {
  name: "sluice",
  promise:
    "exact sliding window, all limits or none, a refusal is free, bounded memory, a lease settled when the response ends; RateLimit headers of draft 11",
};

const fixed = "fixed window from a key's first request, one limit, a refused request counts";

/** What each framework's users would pick instead. */
export const peers: Readonly<Record<Framework, Subject>> = {
  express: { name: "express-rate-limit", promise: `${fixed}; RateLimit headers of draft 8` },
  fastify: {
    name: "@fastify/rate-limit",
    promise: `${fixed}; RateLimit headers of an early draft`,
  },
  hono: { name: "hono-rate-limiter", promise: `${fixed}; RateLimit headers of draft 7` },
};
