import type { Timing } from "../timing.ts";

/** How long a response may be quiet. Each in milliseconds; `Infinity` for as long as it likes. */
export interface WatchdogOptions {
  readonly timing: Timing;
  /** Until its first content. */
  readonly firstTokenMs: number;
  /** Between one piece of content and the next. */
  readonly betweenTokensMs: number;
  /** Between the end of the answer and that of its bytes. */
  readonly endMs: number;
  /** When the request was sent, in milliseconds since 1970. Default: now. */
  readonly sentAtMs?: number | undefined;
  /** It was quiet for too long. Called once at most. */
  readonly onStall: () => void;
}

/** Counts the time in which a response is waited for and no content comes: a reader that takes its time is no stall. */
export interface Watchdog {
  /** Bytes are waited for. */
  waiting(): void;
  /** Bytes came, with content or without: a comment, a ping. */
  came(withContent: boolean): void;
  /** The answer has said that it ends. */
  ending(): void;
  /** Nothing is waited for any more. Holds no timer then. */
  stop(): void;
}

/** A watchdog of one response. It holds one timer at most, and none but while bytes are waited for. */
export function createWatchdog(options: WatchdogOptions): Watchdog {
  const { timing, firstTokenMs, betweenTokensMs, endMs, sentAtMs, onStall } = options;
  const startMs = timing.now();
  let limitMs = firstTokenMs;
  let quietMs = Math.max(0, startMs - (sentAtMs ?? startMs));
  let sinceMs: number | undefined;
  let isEnding = false;
  let isOver = false;
  let cancel: (() => void) | undefined;
  let dueMs = 0;

  // A timer that is due no later is kept: setting one for every event would cost more than reading it.
  function arm(nowMs: number): void {
    if (isOver || limitMs === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.max(0, limitMs - quietMs);
    if (cancel !== undefined && dueMs <= nowMs + leftMs) return;
    cancel?.();
    // In whole seconds, and looked at again then: timers that differ by a millisecond each cost runtimes more than equal ones.
    const inMs = leftMs > 2_000 ? leftMs - (leftMs % 1_000) : leftMs;
    dueMs = nowMs + inMs;
    cancel = timing.after(inMs, look);
  }

  function look(): void {
    cancel = undefined;
    if (sinceMs === undefined) return;
    const nowMs = timing.now();
    quietMs += Math.max(0, nowMs - sinceMs);
    sinceMs = nowMs;
    if (quietMs < limitMs) return arm(nowMs);
    sinceMs = undefined;
    isOver = true;
    onStall();
  }

  return {
    waiting() {
      sinceMs = timing.now();
      arm(sinceMs);
    },
    came(withContent) {
      if (withContent) {
        quietMs = 0;
        if (!isEnding) limitMs = betweenTokensMs;
      } else if (sinceMs !== undefined) quietMs += Math.max(0, timing.now() - sinceMs);
      sinceMs = undefined;
    },
    ending() {
      if (isEnding) return;
      isEnding = true;
      quietMs = 0;
      limitMs = Math.min(limitMs, endMs);
    },
    stop() {
      cancel?.();
      cancel = undefined;
      sinceMs = undefined;
      isOver = true;
    },
  };
}
