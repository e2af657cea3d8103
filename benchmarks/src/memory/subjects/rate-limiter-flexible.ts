import { RateLimiterMemory } from "rate-limiter-flexible";

import { asyncLoop } from "../../loop.ts";
import type { Subject } from "./subject.ts";

/** `consume` of its RateLimiterMemory, awaited. */
export const rateLimiterFlexible: Subject = {
  name: "rate-limiter-flexible",
  promise:
    "fixed window from a key's first request, one limit, a refused request counts, a timer for each key, memory unbounded; a promise, rejected to refuse",
  weighs: true,
  open({ limit, weighs = false }) {
    const limiter = new RateLimiterMemory({ points: limit, duration: 60 });
    return {
      loop: asyncLoop(
        weighs ? (key, cost) => limiter.consume(key, cost) : (key) => limiter.consume(key),
        () => true,
      ),
      // Its timers hold no process.
      close() {},
    };
  },
};
