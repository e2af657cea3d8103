import { createRequire } from "node:module";

import { fastifyRateLimit } from "@sluice/fastify/fastify-rate-limit";

type Plugin = typeof fastifyRateLimit;

/** The package whose place is taken. Required, as its types would say what ours say, of the same names. */
export const theirs = createRequire(import.meta.url)("@fastify/rate-limit") as Plugin;

export const ours: Plugin = fastifyRateLimit;
