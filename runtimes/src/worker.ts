import { createLimiter, memoryStore, slidingWindow } from "@sluice/core";

import { hasDispose, limiterFacts } from "./limiter-facts.ts";

// Made at start-up, as workers do, where workerd allows neither random numbers nor a clock.
const limiter = createLimiter({
  limits: [slidingWindow({ name: "rpm", limit: 2, window: "1h", per: [] })],
  store: memoryStore(),
});

const worker = {
  fetch(request: Request): Response {
    if (new URL(request.url).pathname === "/facts") {
      return Response.json({ ...limiterFacts(), hasDispose: hasDispose() });
    }
    const reservation = limiter.reserve({});
    if (reservation.allowed) reservation.lease.settle();
    return new Response(null, { status: reservation.allowed ? 204 : 429 });
  },
};

// eslint-disable-next-line import/no-default-export -- what a module worker is
export default worker;
