import type { ConcurrencyLimit } from "./algorithms/concurrency.ts";
import type { SlidingWindowLimit } from "./algorithms/sliding-window.ts";

/** One rule, as `slidingWindow()` or `concurrency()` makes it. */
export type Limit = SlidingWindowLimit | ConcurrencyLimit;
