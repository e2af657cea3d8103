import type { Hint } from "../hints/hint.ts";
import type { Timing } from "../timing.ts";

/** Holds a whole lane back after one refusal. */
export interface Pause {
  /** Nothing goes before, in milliseconds since 1970. */
  readonly untilMs: number;
  /** Whether it lasts, and is for want of an allowance, or money, that waiting will not bring. */
  readonly isQuota: boolean;
  /** Begins or prolongs it by what an answer says, or by `spentMs` where an allowance is spent. Answers whether it ends later now. */
  learn(sentAtMs: number, status: number, hint: Hint, spentMs: number): boolean;
}

const firstBackOffMs = 1_000;
const longestBackOffMs = 8_000;
// Where nobody says when: often enough to see that somebody paid, seldom enough to be no storm.
const hopelessMs = 30_000;
const longestMs = 31 * 86_400_000;
const pausing: ReadonlySet<number> = new Set([429, 503, 529]);

/** No pause yet. */
export function createPause(timing: Timing): Pause {
  let untilMs = 0;
  let isQuota = false;
  let refusals = 0;
  let begunAtMs = -Infinity;

  /** How long a refusal is to be waited for; 0: not at all. */
  function pauseMsOf(sentAtMs: number, status: number, hint: Hint): number {
    const { waitMs } = hint;
    if (!pausing.has(status)) {
      // 402 and 403 for want of money, in every provider's own way.
      return hint.isQuota ? hopelessMs : 0;
    }
    if (waitMs === Infinity || (hint.isQuota && waitMs === undefined)) return hopelessMs;
    if (waitMs !== undefined) return Math.min(waitMs, longestMs);
    // A 503 without a word is one server's trouble; one that was sent before the pause began says nothing more.
    if (status !== 429 || sentAtMs <= begunAtMs) return 0;
    const mostMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.min(refusals, 10));
    return mostMs / 2 + (timing.random() * mostMs) / 2;
  }

  return {
    get untilMs() {
      return untilMs;
    },
    get isQuota() {
      return isQuota && timing.now() < untilMs;
    },
    learn(sentAtMs, status, hint, spentMs) {
      const nowMs = timing.now();
      if (status < 400) refusals = 0;
      const waitMs = Math.max(pauseMsOf(sentAtMs, status, hint), spentMs);
      if (waitMs <= 0) return false;
      if (sentAtMs > begunAtMs) refusals += 1;
      if (nowMs + waitMs <= untilMs) return false;
      begunAtMs = nowMs;
      // Never early; and later by a little, so that processes that were told the same do not come back together.
      untilMs = nowMs + Math.ceil(waitMs + timing.random() * Math.min(waitMs / 20, 1_000));
      isQuota = hint.isQuota;
      return true;
    },
  };
}
