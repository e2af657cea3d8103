import type { Execution } from "../attempt.ts";
import type { Cause } from "../cause.ts";
import type { Hint } from "../hints/hint.ts";
import type { Timing } from "../timing.ts";
import { backoff, type BackoffOptions } from "./backoff.ts";

/** What may be repeated, and how far apart. */
export interface RetryRules extends BackoffOptions {
  /** Retries of one call, in all. */
  readonly retries: number;
  /** Of these, how many may follow attempts that may have been executed, and billed, where the method is not idempotent. */
  readonly afterExecution: number;
}

/** A failed attempt, and the call it belongs to. */
export interface Failure {
  readonly cause: Cause;
  readonly execution: Execution;
  readonly hint: Hint | undefined;
  /** Of the call, before the one at hand. */
  readonly retries: number;
  readonly retriesAfterExecution: number;
  readonly lastWaitMs: number;
  /** GET and what else may be sent twice (RFC 9110 §9.2.2). */
  readonly isIdempotent: boolean;
  readonly isReplayable: boolean;
  readonly remainingMs: number;
}

/** Why a call is not repeated. */
export type Stop =
  /** The request is at fault, or the caller gave it up. */
  | "not-retryable"
  | "told-not-to"
  | "quota"
  | "retries-spent"
  /** Once more could be once too often. */
  | "maybe-executed"
  | "one-shot-body"
  /** What would have to be waited lies behind the deadline. */
  | "deadline"
  | "budget-spent";

/** Whether to repeat, and after how long. */
export type Plan =
  | { readonly waitMs: number; readonly stop?: undefined }
  | { readonly stop: Stop; readonly waitMs?: undefined };

/** Decides on one failed attempt. The budget is asked after it, by who goes on. */
export function planRetry(failure: Failure, rules: RetryRules, timing: Timing): Plan {
  const { cause, execution, hint } = failure;
  if (cause === "aborted") return { stop: "not-retryable" };
  if (hint?.shouldRetry === false) return { stop: "told-not-to" };
  if (cause === "quota" || hint?.isQuota) return { stop: "quota" };
  if (cause === "success" || (cause === "client-error" && hint?.shouldRetry !== true)) {
    return { stop: "not-retryable" };
  }
  if (!failure.isReplayable && execution !== "not-sent") return { stop: "one-shot-body" };
  if (failure.retries >= rules.retries) return { stop: "retries-spent" };
  const mayBeTwice =
    isRepeatHarmful(execution) && !failure.isIdempotent && hint?.shouldRetry !== true;
  if (mayBeTwice && failure.retriesAfterExecution >= rules.afterExecution) {
    return { stop: "maybe-executed" };
  }
  const pause = backoff(rules, failure.retries, failure.lastWaitMs, timing);
  // Spread behind the hint: whoever was told the same would come at the same instant.
  const waitMs = hint?.waitMs === undefined ? pause : hint.waitMs + Math.min(pause, hint.waitMs);
  if ((hint?.waitMs ?? waitMs) >= failure.remainingMs) return { stop: "deadline" };
  return { waitMs: Math.min(waitMs, failure.remainingMs - 1) };
}

/** Whether an attempt that ended so may have cost what a repetition costs again. */
export function isRepeatHarmful(execution: Execution): boolean {
  return execution === "maybe-executed" || execution === "executed";
}
