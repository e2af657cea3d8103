import type { Refused } from "../decision.ts";
import { type Duration, durationMs } from "../duration.ts";
import { checkOptions, fail } from "../options.ts";

/** Options of `wait()`. */
export interface WaitOptions<Answer> {
  /** The longest that a request waits in all. */
  readonly maxMs: Duration;
  /** The most requests that wait at a time, of this `rateLimit()`; one more is refused at once. Default: 1,000. */
  readonly maxWaiting?: number | undefined;
  /** Answers those that are refused all the same. Default: a problem document. */
  readonly otherwise?: Answer | undefined;
}

/** How refused requests wait. */
export interface Wait<Answer> {
  readonly kind: "wait";
  readonly maxMs: number;
  readonly maxWaiting: number;
  readonly otherwise: Answer | undefined;
}

/**
 * For `onRefused`: a request that is over a limit waits, and goes on as soon as it is allowed. It is refused when that is later
 * than `maxMs`, when nothing helps, or when too many wait; it is dropped when its client leaves. While it waits it is charged
 * nothing by this `rateLimit()`. There is no order among those that wait. Throws `invalid-option`.
 */
export function wait<Answer = never>(options: WaitOptions<Answer>): Wait<Answer> {
  checkOptions("wait", options, ["maxMs", "maxWaiting", "otherwise"]);
  const { maxWaiting = 1_000, otherwise } = options;
  const maxMs = durationMs(options.maxMs, "wait: maxMs");
  if (!Number.isSafeInteger(maxWaiting) || maxWaiting < 1) {
    fail("wait: maxWaiting", "a positive integer", maxWaiting);
  }
  if (otherwise !== undefined && typeof otherwise !== "function") {
    fail("wait: otherwise", "a function", otherwise);
  }
  return { kind: "wait", maxMs, maxWaiting, otherwise };
}

/** Whether `value` was made by `wait()`. */
export function isWait<Answer>(value: unknown): value is Wait<Answer> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "wait";
}

// A place in flight may come free long before its lease expires, which is all that retry-after foresees.
const pollMs = 100;

/** Lets refused requests wait: a promise that is kept when one is to ask again, or its client has left; `undefined` to refuse it. */
export type Queue = (refused: Refused, waiter: Waiter) => Promise<void> | undefined;

/** A request that may wait. */
interface Waiter {
  readonly exchange: { onGone: (() => void) | undefined };
  /** When it began to. */
  sinceMs: number | undefined;
}

/** The queue that `wait` describes. */
export function createQueue({ maxMs, maxWaiting }: Wait<unknown>): Queue {
  let waiting = 0;
  return (refused, waiter) => {
    const nowMs = Date.now();
    const pauseMs = pauseOf(refused, maxMs - (nowMs - (waiter.sinceMs ?? nowMs)));
    if (pauseMs === undefined || waiting >= maxWaiting) return undefined;
    waiter.sinceMs ??= nowMs;
    waiting++;
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        waiter.exchange.onGone = undefined;
        waiting--;
        resolve();
      };
      // A timer's longest; a longer one would be over at once.
      const timer = setTimeout(go, Math.min(pauseMs, 2_147_483_647));
      waiter.exchange.onGone = go;
    });
  };
}

/** How long to wait before `refused` is asked again; `undefined` when it would be too late, or does not help. */
function pauseOf(refused: Refused, leftMs: number): number | undefined {
  if (refused.retryAfterMs === undefined || leftMs <= 0) return undefined;
  let isInFlight = false;
  let otherMs = 0;
  for (const { terms, violated, retryAfterMs } of refused.limits) {
    if (!violated) continue;
    if (terms.algorithm === "concurrency") isInFlight = true;
    else otherMs = Math.max(otherMs, retryAfterMs);
  }
  if (refused.reason === "blocked" || !isInFlight) {
    return refused.retryAfterMs <= leftMs ? refused.retryAfterMs : undefined;
  }
  return otherMs > leftMs ? undefined : Math.min(Math.max(otherMs, pollMs), leftMs);
}

// Globals of every runtime that are not in the language's own library.
declare function setTimeout(callback: () => void, ms: number): unknown;
declare function clearTimeout(timer: unknown): void;
