import { concurrency, type Limit, slidingWindow } from "@sluice/core";

/** Whose counts the victims race for. */
export const userCount = 400;
/** The capacity of each user in the whole run. */
export const userLimit = 1_500;
/** How many leases a user can hold at a time, and for how long without a sign of life. */
export const flightLimit = 3;
export const leaseMs = 300;

/** Two limits that one decision charges both of. */
export const pairLimits: readonly Limit[] = [
  slidingWindow({ name: "user", limit: userLimit, window: "24h", per: ["user"] }),
  slidingWindow({ name: "all", limit: 1_000_000_000, window: "24h", per: [] }),
];

/** Limits whose leases die with their holders. */
export const flightLimits: readonly Limit[] = [
  concurrency({ name: "inflight", limit: flightLimit, per: ["user"] }),
  slidingWindow({ name: "tokens", limit: 1_000_000, window: "1s", unit: "tokens", per: ["user"] }),
];

/** A limit on keys that come once. */
export const freshLimits: readonly Limit[] = [
  slidingWindow({ name: "fresh", limit: 5, window: "1s", per: ["user"] }),
];
