import type { Goal } from "../goal.ts";

const asPeer = { metric: "kept", as: "times-better", atLeast: 1 } as const;

/** The goals of the HTTP suite. */
export const goals: readonly Goal[] = [
  { work: "http-express", metric: "kept", atLeast: 0.82 },
  { work: "http-fastify", metric: "kept", atLeast: 0.8 },
  { work: "http-hono", metric: "kept", atLeast: 0.65 },
  // Three limits of Sluice's beside one of the peer's.
  { work: "http-express-limits3", ...asPeer, of: "http-express", beside: "express-rate-limit" },
  { work: "http-fastify-limits3", ...asPeer, of: "http-fastify", beside: "@fastify/rate-limit" },
  { work: "http-hono-limits3", ...asPeer, of: "http-hono", beside: "hono-rate-limiter" },
  { work: "http-metered", metric: "ratio", atMost: 1.03 },
];
