export type { Attempt, Execution } from "./attempt.ts";
export type { Cause } from "./cause.ts";
export { allowancesOf } from "./hints/allowances-of.ts";
export { causeOf, causeOfEnd } from "./hints/cause-of.ts";
export { type Head, hintOf } from "./hints/hint-of.ts";
export type { Allowance, Hint } from "./hints/hint.ts";
export type { Ended, CallOutcome, TruncationReason } from "./outcome.ts";
export { type BudgetOptions, retryBudget, type RetryBudget } from "./budget/budget.ts";
export type { CallReport, ResponseReport, SluiceResponse, Wait } from "./call/report.ts";
export {
  type Begun,
  type Guarded,
  type GuardOptions,
  guardResponse,
} from "./completeness/guard.ts";
export { type Trust, trustOf } from "./completeness/trust-of.ts";
export {
  FetchError,
  type FetchErrorCode,
  type FetchErrorOptions,
  isFetchError,
  isTruncatedResponseError,
  TruncatedResponseError,
  type TruncatedResponseErrorOptions,
} from "./errors.ts";
export { createFetch, type SluiceFetch } from "./fetch.ts";
export type { AnswerOptions, FetchOptions } from "./options.ts";
export type { BodyValue } from "./request/body.ts";
export type { CallOptions, FetchInit } from "./request/snapshot.ts";
export { backoff, type BackoffOptions } from "./retry/backoff.ts";
export { executionOf } from "./retry/execution-of.ts";
export { errorKind, type ErrorKind } from "./retry/error-kind.ts";
export { type RetryOptions, retryRules } from "./retry/options.ts";
export { type Failure, type Plan, planRetry, type RetryRules, type Stop } from "./retry/plan.ts";
export { createWatchdog, type Watchdog, type WatchdogOptions } from "./watchdog/watchdog.ts";
export {
  type Breaker,
  type BreakerOptions,
  type BreakerState,
  createBreaker,
  type Open,
  type Passage,
} from "./breaker/breaker.ts";
export { createLanes, type LaneKey, type Lanes, type LanesOptions } from "./queue/lanes.ts";
export { systemTiming, type Timing } from "./timing.ts";
