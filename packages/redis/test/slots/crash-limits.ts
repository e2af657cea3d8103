import { concurrency, type Limit, slidingWindow } from "@sluice/core";

/** Three counts in the first slot, of each rule for leases that expire, and one in a second. */
export const limitsOfCrash: readonly Limit[] = [
  slidingWindow({ name: "requests", limit: 10, window: "1h", per: [] }),
  slidingWindow({ name: "tokens", unit: "tokens", limit: 100, window: "1h", per: [] }),
  concurrency({ name: "inflight", limit: 10, per: [] }),
  slidingWindow({ name: "tenant", limit: 10, window: "1h", per: ["tenant"] }),
];
