import RedisStore from "@fastify/rate-limit/store/RedisStore.js";

import type { Subject } from "./subject.ts";

/** `incr` of its RedisStore, in a promise as its plugin wraps it. */
export const fastifyRateLimit: Subject = {
  name: "@fastify/rate-limit",
  promise: "fixed window from a key's first request, one limit, a refused request counts",
  open({ client, limit }) {
    const store = new RedisStore(false, false, client);
    return {
      decide: (key) =>
        new Promise((resolve, reject) => {
          store.incr(
            key,
            (error, counted) => {
              if (counted === null) reject(error ?? new Error("no answer"));
              else resolve(counted.current <= limit);
            },
            60_000,
            limit,
          );
        }),
    };
  },
};
