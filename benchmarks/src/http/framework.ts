/** Where the middleware stands. */
export type Framework = "express" | "fastify" | "hono";
