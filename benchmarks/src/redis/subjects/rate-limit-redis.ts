import { rateLimit } from "express-rate-limit";
import { RedisStore, type RedisReply } from "rate-limit-redis";

import type { Subject } from "./subject.ts";

/** `increment` of its store, awaited as express-rate-limit's middleware does. */
export const rateLimitRedis: Subject = {
  name: "rate-limit-redis",
  promise: "fixed window from a key's first request, one limit, a refused request counts",
  open({ client, limit }) {
    const store = new RedisStore({
      sendCommand: (command, ...args) =>
        // eslint-disable-next-line typescript/no-unsafe-type-assertion -- as its README has it
        client.call(command, ...args) as Promise<RedisReply>,
    });
    // The middleware starts the store.
    rateLimit({ windowMs: 60_000, limit, store });
    return {
      async decide(key) {
        const { totalHits } = await store.increment(key);
        return totalHits <= limit;
      },
    };
  },
};
