import type { Facts } from "../src/limiter-facts.ts";

/** What a limiter does, on every runtime. */
export const limiterBehaviour: Facts = {
  admitted: [true, true, true, false, false],
  retried: [60_000, false, true],
  inFlight: [true, true, false, true],
  settled: [false, false, true],
  disposed: true,
  mistake: "invalid-option",
};

/** What an Express server behind `rateLimit` does, on every runtime that has `node:http`. */
export const expressBehaviour: Facts = {
  refused: {
    statuses: [200, 200, 429],
    headers: ["application/problem+json; charset=utf-8", '"rpm";q=2;w=60', '"rpm";r=0;t=60', "60"],
    retryable: true,
  },
  abandoned: [false, true],
};
