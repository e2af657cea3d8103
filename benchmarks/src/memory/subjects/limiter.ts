import { RateLimiter } from "limiter";

import { syncLoop } from "../../loop.ts";
import type { Subject } from "./subject.ts";

/** `tryRemoveTokens` of a RateLimiter for each key; it has no keys of its own, so they are in a Map. */
export const limiter: Subject = {
  name: "limiter",
  promise:
    "token bucket that also keeps to a fixed interval, one limit, a refusal is free; an object for each key in a Map of ours, unbounded; answers at once",
  weighs: true,
  open({ limit, weighs = false }) {
    const limiters = new Map<string, RateLimiter>();
    return {
      loop: syncLoop(
        (key, cost) => {
          let own = limiters.get(key);
          if (own === undefined) {
            own = new RateLimiter({ tokensPerInterval: limit, interval: 60_000 });
            limiters.set(key, own);
          }
          return own.tryRemoveTokens(weighs ? cost : 1);
        },
        (removed) => removed,
      ),
      close() {},
    };
  },
};
