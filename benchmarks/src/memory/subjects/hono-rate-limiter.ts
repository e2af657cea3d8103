import { MemoryStore, rateLimiter } from "hono-rate-limiter";

import { syncLoop } from "../../loop.ts";
import type { Subject } from "./subject.ts";

/** `increment` of its MemoryStore, which answers at once; that its middleware awaits it is not counted. */
export const honoRateLimiter: Subject = {
  name: "hono-rate-limiter",
  promise:
    "fixed window from a key's first request, one limit, a refused request counts, memory unbounded within two windows; answers at once, with an object it keeps changing",
  open({ limit }) {
    const store = new MemoryStore();
    // The middleware starts the store.
    rateLimiter({ windowMs: 60_000, limit, store, keyGenerator: () => "" });
    return {
      loop: syncLoop(
        (key) => store.increment(key),
        ({ totalHits }) => totalHits <= limit,
      ),
      close: () => store.shutdown(),
    };
  },
};
