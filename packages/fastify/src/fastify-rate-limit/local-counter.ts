import { failOption, steadyClock } from "@sluice/core";

import type { Counter, Terms } from "./counter.ts";

/** What is kept of a key. */
interface Kept {
  current: number;
  /** When its window began. */
  startMs: number;
  /** When it ends, by the terms it was last counted under. */
  endMs: number;
  /** How long it lasts where that is not the time window. */
  backoffMs: number | undefined;
}

const lookedAt = 16;

/**
 * Counts in this process's memory: a window begins with a key's first request. `cache` keys within their limit are kept, of which the
 * least recently seen go first, and as many beyond it, of which no fresh key takes the place: of 16 in turn, the
 * one goes that is free soonest. Throws `invalid-option`.
 */
export function localCounter(cache = 5_000): Counter {
  if (!Number.isSafeInteger(cache) || cache < 0) failOption("cache", "a whole number", cache);
  const mostKeys = cache === 0 ? 1_000_000 : cache;
  const readClock = steadyClock(() => Math.trunc(Date.now()));
  const within = new Map<string, Kept>();
  const beyond = new Map<string, Kept>();

  function find(key: string, { timeWindow }: Terms, nowMs: number): Kept | undefined {
    const kept = beyond.get(key) ?? within.get(key);
    return kept && kept.startMs + (kept.backoffMs ?? timeWindow) > nowMs ? kept : undefined;
  }

  function keep(key: string, kept: Kept, isBeyond: boolean): void {
    const [to, from] = isBeyond ? [beyond, within] : [within, beyond];
    from.delete(key);
    // Deleted first, it is the last that will go.
    if (!isBeyond) to.delete(key);
    if (!to.has(key) && to.size >= mostKeys) {
      to.delete(isBeyond ? freeSoonest(beyond) : within.keys().next().value!);
    }
    to.set(key, kept);
  }

  return {
    count(given, terms) {
      const key = String(given);
      const nowMs = readClock();
      const { timeWindow, max } = terms;
      const kept = find(key, terms, nowMs) ?? freshAt(nowMs);
      kept.current++;
      if (kept.current > max) renew(kept, terms, nowMs);
      const ttl = kept.startMs + (kept.backoffMs ?? timeWindow) - nowMs;
      kept.endMs = nowMs + ttl;
      keep(key, kept, kept.current > max);
      return { current: kept.current, ttl };
    },
    read(key, terms) {
      const nowMs = readClock();
      const kept = find(String(key), terms, nowMs);
      if (kept === undefined) return { current: 0, ttl: 0 };
      const ttl = kept.startMs + (kept.backoffMs ?? terms.timeWindow) - nowMs;
      return { current: kept.current, ttl };
    },
    child: ({ own }) => localCounter(own.cache ?? cache),
  };
}

function freshAt(nowMs: number): Kept {
  return { current: 0, startMs: nowMs, endMs: nowMs, backoffMs: undefined };
}

/** Begins a window anew, as the terms say of a request beyond the limit. */
function renew(kept: Kept, terms: Terms, nowMs: number): void {
  const { continueExceeding, exponentialBackoff, timeWindow, max } = terms;
  if (!continueExceeding && !exponentialBackoff) return;
  const backoffMs = Math.min(timeWindow * 2 ** (kept.current - max - 1), Number.MAX_SAFE_INTEGER);
  kept.startMs = nowMs;
  kept.backoffMs = continueExceeding ? undefined : backoffMs;
}

/** Of the 16 that were not looked at for longest, the one whose window ends first. */
function freeSoonest(beyond: Map<string, Kept>): string {
  const looked: [string, Kept][] = [];
  for (const entry of beyond) if (looked.push(entry) === lookedAt) break;
  for (const [key, kept] of looked) {
    beyond.delete(key);
    beyond.set(key, kept);
  }
  return looked.reduce((soonest, entry) =>
    entry[1].endMs < soonest[1].endMs ? entry : soonest,
  )[0];
}
