export {
  type ConcurrencyLimit,
  concurrency,
  type ConcurrencyOptions,
} from "./algorithms/concurrency.ts";
export {
  slidingWindow,
  type SlidingWindowLimit,
  type SlidingWindowOptions,
} from "./algorithms/sliding-window.ts";
export type { Clock } from "./clock.ts";
export type { Cost } from "./cost.ts";
export type {
  Allowed,
  Decision,
  LimitState,
  NeverFits,
  OverLimit,
  Refused,
  StoreUnavailable,
} from "./decision.ts";
export type { Duration } from "./duration.ts";
export { isSluiceError, SluiceError, type SluiceErrorCode } from "./errors.ts";
export { clientIp } from "./http/client-ip.ts";
export { rateLimitHeaders } from "./http/headers.ts";
export { type Problem, problemOf } from "./http/problem.ts";
export {
  adapterOptions,
  type AdapterOptions,
  admit,
  endQuietly,
  type RateLimitOptions,
  requestState,
  type RequestState,
} from "./http/rate-limit.ts";
export type { Charge, Lease, LimitCharge } from "./lease.ts";
export type { Limit } from "./limit.ts";
export type { LimitOptions, OnExpiry } from "./limit-options.ts";
export {
  createLimiter,
  type Limiter,
  type LimiterOptions,
  type Reservation,
  type ReserveOptions,
} from "./limiter.ts";
export { memoryStore, type MemoryStore, type MemoryStoreOptions } from "./store/memory.ts";
export type {
  Answer,
  AsyncStore,
  ChargeOutcome,
  ChargeState,
  Claim,
  ClaimState,
  Extension,
  LeaseRequest,
  Outcome,
  Settlement,
  Store,
  SyncStore,
} from "./store/store.ts";
export type { Subject } from "./subject.ts";
