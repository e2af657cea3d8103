import type { Goal } from "../goal.ts";

const asPeer = { metric: "kept", of: "best-peer", as: "times-better", atLeast: 1 } as const;

/** The goals of the HTTP suite. */
export const goals: readonly Goal[] = [
  { work: "express-1", metric: "kept", atLeast: 0.82 },
  { work: "fastify-1", metric: "kept", atLeast: 0.8 },
  { work: "hono-1", metric: "kept", atLeast: 0.65 },
  // Three limits of Sluice's beside one of the peer's.
  { work: "express-3", ...asPeer },
  { work: "fastify-3", ...asPeer },
  { work: "hono-3", ...asPeer },
  { work: "metered-stream", metric: "ratio", atMost: 1.03 },
];
