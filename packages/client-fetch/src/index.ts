export type { Attempt, Execution } from "./attempt.ts";
export type { Cause } from "./cause.ts";
export { allowancesOf } from "./hints/allowances-of.ts";
export { causeOf, causeOfEnd } from "./hints/cause-of.ts";
export { type Head, hintOf } from "./hints/hint-of.ts";
export type { Allowance, Hint } from "./hints/hint.ts";
export type { Ended, CallOutcome, TruncationReason } from "./outcome.ts";
export { type BudgetOptions, retryBudget, type RetryBudget } from "./budget/budget.ts";
export type { CallReport, ResponseReport, SluiceResponse, Wait } from "./call/report.ts";
export type { Begun } from "./completeness/begun.ts";
export { type Guarded, type GuardOptions, guardResponse } from "./completeness/guard.ts";
export {
  outcomeCounts,
  type OutcomeCount,
  type OutcomeCounts,
} from "./completeness/outcome-counts.ts";
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
export { alternative, type AlternativeOptions } from "./fallback/alternative.ts";
export { cached, type CachedAnswer, type CachedOptions } from "./fallback/cached.ts";
export type {
  Asked,
  Fallback,
  FallbackAnswer,
  FallbackContext,
  FallbackReason,
  FallbackRequest,
} from "./fallback/fallback.ts";
export { type Answering, type Rule, rules } from "./fallback/rules.ts";
export { template, type TemplateOptions } from "./fallback/template.ts";
export type { Weight, Weights } from "./breaker/weights.ts";
export type { Entry, Lane, LaneState, Shed, Ticket } from "./queue/lane.ts";
export type { Classes, ClassOptions } from "./queue/classes.ts";
export type { PlacesOptions } from "./queue/places.ts";
export type { KnownLimit } from "./pacing/limits.ts";
export type { ProviderRules } from "./pacing/providers.ts";
