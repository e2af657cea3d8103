import { RateLimiterMemory } from "rate-limiter-flexible";

import { asyncLoop } from "../../loop.ts";
import type { Subject } from "./subject.ts";

/** `consume` of its RateLimiterMemory, awaited. */
export const rateLimiterFlexible: Subject = {
  name: "rate-limiter-flexible",
  promise:
    "fixed window from a key's first request, one limit, a refused request counts, a timer for each key, memory unbounded; a promise, rejected to refuse",
  open({ limit }) {
    const limiter = new RateLimiterMemory({ points: limit, duration: 60 });
    return {
      loop: asyncLoop(
        (key) => limiter.consume(key),
        () => true,
      ),
      // Its timers hold no process.
      close() {},
    };
  },
};
