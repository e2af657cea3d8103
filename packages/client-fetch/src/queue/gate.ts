import type { Hint } from "../hints/hint.ts";
import type { Timing } from "../timing.ts";

/** Holds a whole lane back after one refusal. */
export interface Gate {
  /** Nothing goes before, in milliseconds since 1970. */
  readonly untilMs: number;
  /** Whether it is for want of an allowance, or money, that waiting will not bring. */
  readonly isQuota: boolean;
  /** Closes it for what an answer says, or for `spentMs` where an allowance is spent. Answers whether it is closed for longer now. */
  learn(sentAtMs: number, status: number, hint: Hint, spentMs: number): boolean;
}

const firstBackOffMs = 1_000;
const longestBackOffMs = 8_000;
// Where nobody says when: often enough to see that somebody paid, seldom enough to be no storm.
const hopelessMs = 30_000;
const longestMs = 31 * 86_400_000;
const gating: ReadonlySet<number> = new Set([429, 503, 529]);

/** An open gate. */
export function createGate(timing: Timing): Gate {
  const gate = { untilMs: 0, isQuota: false };
  let refusals = 0;
  let closedAtMs = -Infinity;

  /** How long a refusal is to be waited for; 0: not at all. */
  function waitOf(sentAtMs: number, status: number, { waitMs, isQuota }: Hint): number {
    if (!gating.has(status)) {
      // 402 and 403 for want of money, in every provider's own way.
      return isQuota ? hopelessMs : 0;
    }
    if (waitMs === Infinity || (isQuota && waitMs === undefined)) return hopelessMs;
    if (waitMs !== undefined) return Math.min(waitMs, longestMs);
    // A 503 without a word is one server's trouble; one that was sent before the gate closed says nothing more.
    if (status !== 429 || sentAtMs <= closedAtMs) return 0;
    const mostMs = Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.min(refusals, 10));
    return mostMs / 2 + (timing.random() * mostMs) / 2;
  }

  return {
    get untilMs() {
      return gate.untilMs;
    },
    get isQuota() {
      return gate.isQuota;
    },
    learn(sentAtMs, status, hint, spentMs) {
      const nowMs = timing.now();
      if (status < 400) refusals = 0;
      const waitMs = Math.max(waitOf(sentAtMs, status, hint), spentMs);
      if (waitMs <= 0) return false;
      if (sentAtMs > closedAtMs) refusals += 1;
      if (nowMs + waitMs <= gate.untilMs) return false;
      closedAtMs = nowMs;
      // Never early; and later by a little, so that processes that were told the same do not come back together.
      gate.untilMs = nowMs + Math.ceil(waitMs + timing.random() * Math.min(waitMs / 20, 1_000));
      gate.isQuota = hint.isQuota;
      return true;
    },
  };
}
