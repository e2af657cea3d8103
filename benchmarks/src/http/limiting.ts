import { concurrency, type Limit, slidingWindow } from "@sluice/core";

/** What stands before the handler: nothing, one limit or three of Sluice's, or one of the package that is used today. */
export type Limiting = "none" | "one-limit" | "three-limits" | "peer";

/** The header that a request's key comes in. */
export const keyHeader = "x-api-key";

/** Never reached: what is measured is what a request that passes costs. */
export const plenty = 1_000_000_000;

/** Limits of each key. */
export function limitsOf(limiting: "one-limit" | "three-limits"): Limit[] {
  const per = ["key"];
  const rpm = slidingWindow({ name: "rpm", limit: plenty, window: "1m", per });
  if (limiting === "one-limit") return [rpm];
  return [
    rpm,
    slidingWindow({ name: "rpd", limit: plenty, window: "24h", per }),
    concurrency({ name: "inflight", limit: plenty, per }),
  ];
}
