import type { ConcurrencyLimit } from "./algorithms/concurrency.ts";
import type { FixedWindowLimit } from "./algorithms/fixed-window.ts";
import type { SlidingWindowLimit } from "./algorithms/sliding-window.ts";
import type { TokenBucketLimit } from "./algorithms/token-bucket.ts";

/** One rule, as the function named like its algorithm makes it. */
export type Limit = SlidingWindowLimit | TokenBucketLimit | FixedWindowLimit | ConcurrencyLimit;
