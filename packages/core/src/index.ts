export {
  type ConcurrencyLimit,
  concurrency,
  type ConcurrencyOptions,
} from "./algorithms/concurrency.ts";
export type { Period } from "./algorithms/calendar.ts";
export {
  fixedWindow,
  type FixedWindowLimit,
  type FixedWindowOptions,
} from "./algorithms/fixed-window.ts";
export {
  slidingWindow,
  type SlidingWindowLimit,
  type SlidingWindowOptions,
} from "./algorithms/sliding-window.ts";
export {
  tokenBucket,
  type TokenBucketLimit,
  type TokenBucketOptions,
} from "./algorithms/token-bucket.ts";
export { by, byTier, type BySubject, type Choice } from "./choice.ts";
export { type Clock, steadyClock } from "./clock.ts";
export type { Cost } from "./cost.ts";
export type {
  Allowed,
  Blocked,
  Decision,
  LimitState,
  NeverFits,
  OverLimit,
  Refused,
  StoreUnavailable,
} from "./decision.ts";
export { type Duration, durationMs } from "./duration.ts";
export { isSluiceError, SluiceError, type SluiceErrorCode } from "./errors.ts";
export type { LimiterEvent } from "./events.ts";
export { explain, type Explanation } from "./explain.ts";
export { clientIp } from "./http/client-ip.ts";
export { rateLimitHeaders } from "./http/headers.ts";
export { type Problem, problemOf } from "./http/problem.ts";
export type { Charge, Lease, LimitCharge, Signal } from "./lease.ts";
export type { Limit } from "./limit.ts";
export type { LimitBase, LimitOptions } from "./limit-options.ts";
export { type CheckRequest, createLimiter, type Limiter, type LimiterOptions } from "./limiter.ts";
export type { LimiterMetrics, Tally } from "./metrics.ts";
export { checkOptions, fail as failOption } from "./options.ts";
export type { Reservation, ReserveOptions } from "./reserving.ts";
export { memoryStore, type MemoryStore, type MemoryStoreOptions } from "./store/memory.ts";
export type {
  Amendment,
  Answer,
  AsyncStore,
  ChargeOutcome,
  Claim,
  Degraded,
  Extension,
  LeaseRequest,
  OnExpiry,
  Outcome,
  Receipt,
  Settlement,
  Store,
  StoreSize,
  SyncStore,
  Terms,
} from "./store/store.ts";
export type { Subject } from "./subject.ts";
