import { MemoryStore, rateLimit } from "express-rate-limit";

import { asyncLoop } from "../../loop.ts";
import type { Subject } from "./subject.ts";

/** `increment` of its MemoryStore, awaited as its middleware does. */
export const expressRateLimit: Subject = {
  name: "express-rate-limit",
  promise:
    "fixed window from a key's first request, one limit, a refused request counts, memory unbounded within two windows; a promise",
  open({ limit }) {
    const store = new MemoryStore();
    // The middleware starts the store.
    rateLimit({ windowMs: 60_000, limit, store });
    return {
      loop: asyncLoop(
        (key) => store.increment(key),
        ({ totalHits }) => totalHits <= limit,
      ),
      close: () => store.shutdown(),
    };
  },
};
