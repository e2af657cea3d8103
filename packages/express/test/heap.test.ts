import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { expect, it } from "vitest";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

it("keeps no memory of leases that come and go one at a time", () => {
  const rpm = slidingWindow({ name: "rpm", limit: 1e9, window: "1m", per: [] });
  const limiter = createLimiter({ limits: [rpm], store: memoryStore({ clock: () => 0 }) });
  const heapAfter = (requests: number): number => {
    for (let count = 0; count < requests; count++) {
      const reservation = limiter.reserve({});
      if (reservation.allowed) reservation.lease.settle();
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heapAfter(20_000);
  // A tenth of what leaking a hundred bytes a request would come to.
  expect(heapAfter(200_000) - before).toBeLessThan(2_000_000);
});
