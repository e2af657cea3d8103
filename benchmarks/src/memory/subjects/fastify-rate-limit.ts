import LocalStore from "@fastify/rate-limit/store/LocalStore.js";

import { syncLoop } from "../../loop.ts";
import type { Subject } from "./subject.ts";

/** `incr` of its LocalStore, which calls back at once; the promise its plugin wraps it in is not counted. */
export const fastifyRateLimit: Subject = {
  name: "@fastify/rate-limit",
  promise:
    "fixed window from a key's first request, one limit, a refused request counts, forgets the least recently seen key when full; calls back at once",
  open({ limit, keys }) {
    const store = new LocalStore(false, false, keys);
    let answer = { current: 0, ttl: 0 };
    const keep = (_error: Error | null, counted: { current: number; ttl: number }): void => {
      answer = counted;
    };
    return {
      loop: syncLoop(
        (key) => {
          store.incr(key, keep, 60_000, limit);
          return answer;
        },
        ({ current }) => current <= limit,
      ),
      close() {},
    };
  },
};
