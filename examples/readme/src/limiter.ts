import { createLimiter, memoryStore, slidingWindow } from "@sluice/core";

const tpm = slidingWindow({
  name: "tpm",
  limit: 1000,
  window: "1m",
  unit: "tokens",
  per: ["user"],
});
const limiter = createLimiter({ limits: [tpm], store: memoryStore() });

const reservation = limiter.reserve({ user: "ada" }, { tokens: 800 });
if (!reservation.allowed) throw new Error(`try again in ${reservation.retryAfterMs} ms`);

using lease = reservation.lease; // if anything throws, only what was extended is charged
lease.extend({ tokens: 120 }); // as they stream
lease.settle({ tokens: 150 }); // what it used in the end: 650 are free again

console.log(limiter.check({ user: "ada" }, { tokens: 850 }).allowed); // true
console.log(limiter.check({ user: "ada" }, { tokens: 1 }).allowed); // false
