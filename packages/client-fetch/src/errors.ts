import { isSluiceError, SluiceError } from "@sluice/core";
import type { Usage } from "@sluice/core/llm";

import type { Attempt } from "./attempt.ts";
import type { TruncationReason } from "./outcome.ts";

/** Why a call came to nothing. */
export type FetchErrorCode =
  /** No attempt got an answer. */
  | "connection-failed"
  /** The call's deadline, or one of its time-outs, passed; or what it would have to wait for lies behind the deadline. */
  | "deadline-exceeded"
  | "response-truncated"
  /** Nothing was sent: the breaker of its target is open. */
  | "circuit-open"
  /** Nothing was sent: the queue is full, or the call would have come too late. */
  | "call-shed"
  /** Nothing more was sent: the layer above repeated a call that had been given up, and no budget was left for it. */
  | "budget-spent";

/** What a `FetchError` is made of. */
export interface FetchErrorOptions {
  readonly attempts?: readonly Attempt[] | undefined;
  readonly cause?: unknown;
}

/**
 * Thrown by the fetch of this package where there is no response to hand out. A `SluiceError` and no `TypeError`: the layers above repeat
 * those. A call that its caller aborts rejects with the signal's own reason instead, as `fetch` does.
 */
export class FetchError extends SluiceError {
  declare readonly code: FetchErrorCode;
  /** What was sent, what came, how long it waited: oldest first; empty where nothing was sent. */
  readonly attempts: readonly Attempt[];

  constructor(code: FetchErrorCode, message: string, options: FetchErrorOptions = {}) {
    super(code, message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FetchError";
    this.attempts = options.attempts ?? [];
  }
}

/** What a `TruncatedResponseError` is made of. */
export interface TruncatedResponseErrorOptions extends FetchErrorOptions {
  readonly reason: TruncationReason;
  readonly partial?: string | undefined;
  readonly usage?: Usage | undefined;
}

/** A 2xx answer that is not whole. Thrown by `fetch` where nothing was handed out yet, else by the response's body, after the last good event. */
export class TruncatedResponseError extends FetchError {
  declare readonly code: "response-truncated";
  readonly reason: TruncationReason;
  /** What came of a body that was held back; `undefined` where it was handed out already. */
  readonly partial: string | undefined;
  /** As far as the provider had told it. */
  readonly usage: Usage | undefined;

  constructor(message: string, options: TruncatedResponseErrorOptions) {
    super("response-truncated", message, options);
    this.name = "TruncatedResponseError";
    this.reason = options.reason;
    this.partial = options.partial;
    this.usage = options.usage;
  }
}

/** Whether `error` is a `FetchError`, also one from another copy of this package. */
export function isFetchError(error: unknown): error is FetchError {
  return isSluiceError(error) && "attempts" in error;
}

/** Whether `error` is a `TruncatedResponseError`, also one from another copy of this package. */
export function isTruncatedResponseError(error: unknown): error is TruncatedResponseError {
  return isFetchError(error) && error.code === "response-truncated" && "reason" in error;
}
