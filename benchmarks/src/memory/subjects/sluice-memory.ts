import { createLimiter, memoryStore, slidingWindow } from "@sluice/core";

import { syncLoop } from "../../loop.ts";
import type { Subject } from "./subject.ts";

/** `check` of a limiter over `memoryStore`. */
export const sluiceMemory: Subject = {
  name: "sluice-memory",
  promise: "exact sliding window, atomic over all limits, bounded memory; answers at once",
  open({ limit, keys, clock = Date.now }) {
    const store = memoryStore({ maxKeys: keys, clock });
    const limiter = createLimiter({
      limits: [slidingWindow({ name: "rpm", limit, window: "1m", per: ["user"] })],
      store,
    });
    return {
      loop: syncLoop(
        (user) => limiter.check({ user }),
        (decision) => decision.allowed,
      ),
      bytes: () => store.size().bytes,
      close() {},
    };
  },
};
