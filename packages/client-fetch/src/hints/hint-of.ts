import { allowancesOf } from "./allowances-of.ts";
import { delayOf, delayOfMs, durationTerms, type Received, receivedAt } from "./delay.ts";
import { type ErrorBody, readErrorBody } from "./error-body.ts";
import type { Allowance, Hint } from "./hint.ts";
import { isMoney, isQuota } from "./quota.ts";

/** The part of a response that a hint is read from, beside its body. */
export interface Head {
  readonly status: number;
  readonly headers: Headers;
}

const nothing: Hint = {
  waitMs: undefined,
  shouldRetry: undefined,
  isQuota: false,
  source: undefined,
};
const millisecondHeaders = ["retry-after-ms", "x-ms-retry-after-ms", "x-amz-retry-after"];
const words = String.raw`\d{1,9}(?:\.\d{1,12})? (?:second|minute|hour)`;
const inMessage = new RegExp(
  String.raw`\b(?:re)?try(?: again)? (?:in|after) (${words}|${durationTerms})`,
  "i",
);

/**
 * What an error response says of when, and whether, to come again. The first of these that names a time that is not over counts: `retry-after-ms`,
 * `Retry-After`, `RetryInfo.retryDelay` of the body, a problem document, the reset of a spent allowance, "try again in 6m0s" in the message. An
 * instant is told from the response's own `Date`. A status below 400 hints at nothing. `body` is the beginning of the body, if it was read.
 */
export function hintOf({ status, headers }: Head, body: string | undefined, nowMs: number): Hint {
  if (status < 400) return nothing;
  const error = body === undefined || body === "" ? undefined : readErrorBody(body);
  const told = headers.get("x-should-retry")?.trim().toLowerCase();
  const shouldRetry = told === "true" || told === "false" ? told === "true" : error?.retryable;
  if (isMoney(status, error)) {
    return { waitMs: Number.POSITIVE_INFINITY, shouldRetry, isQuota: true, source: "error code" };
  }
  const received = receivedAt(headers, nowMs);
  const spent = allowancesOf(headers, nowMs).filter(({ remaining }) => remaining === 0);
  const wait =
    ofHeaders(headers, received) ??
    ofBody(error, received) ??
    ofSpent(status, spent, headers, received) ??
    ofMessage(error);
  return {
    waitMs: wait?.waitMs,
    shouldRetry,
    isQuota: isQuota(status, error, spent),
    source: wait?.source,
  };
}

interface Wait {
  readonly waitMs: number;
  readonly source: string;
}

function ofHeaders(headers: Headers, received: Received): Wait | undefined {
  for (const source of millisecondHeaders) {
    const text = headers.get(source);
    const wait = text === null ? undefined : waitOf(delayOfMs(text), source);
    if (wait !== undefined) return wait;
  }
  const text = headers.get("retry-after");
  return text === null ? undefined : waitOf(delayOf(text, received), "retry-after");
}

function ofBody(error: ErrorBody | undefined, received: Received): Wait | undefined {
  if (error === undefined) return undefined;
  const { retryDelay, retryAfter } = error;
  const told = retryDelay === undefined ? undefined : delayOf(retryDelay, received);
  return (
    waitOf(told, "retryDelay") ??
    waitOf(retryAfter === undefined ? undefined : Math.ceil(retryAfter * 1000), "retryAfter")
  );
}

function ofSpent(
  status: number,
  spent: readonly Allowance[],
  headers: Headers,
  received: Received,
): Wait | undefined {
  // Beside another error it says nothing of that error.
  if (status !== 429 && status !== 503) return undefined;
  const longest = Math.max(0, ...spent.map(({ resetMs = 0 }) => resetMs));
  const unified = headers.get("anthropic-ratelimit-unified-reset");
  return (
    waitOf(longest, "rate limit reset") ??
    waitOf(unified === null ? undefined : delayOf(unified, received), "rate limit reset")
  );
}

function ofMessage(error: ErrorBody | undefined): Wait | undefined {
  const text = inMessage.exec(error?.message ?? "")?.[1];
  if (text === undefined) return undefined;
  const duration = text.toLowerCase().replace(/ ([smh])(?:econd|inute|our)/, "$1");
  return waitOf(delayOf(duration, { nowMs: 0, dateMs: undefined }), "message");
}

// 0 names no time: who came at once would only be refused again.
function waitOf(waitMs: number | undefined, source: string): Wait | undefined {
  return waitMs === undefined || waitMs === 0 ? undefined : { waitMs, source };
}
