import type { Clock } from "../clock.ts";
import { fail } from "../options.ts";

/** A client's window, which began with its first hit. */
export interface HitWindow {
  /** Every hit, refused ones too. */
  totalHits: number;
  /** How many of them were refused, and are not held against the client. */
  refused: number;
  readonly resetTime: Date;
}

/** Options of `hitWindows()`. */
export interface HitWindowsOptions {
  /** How long a window is that begins now, in milliseconds. */
  readonly windowMs: () => number;
  /** The most clients kept, about 200 bytes each. Default: 1,000,000. */
  readonly maxKeys?: number;
  /** Default: `Date.now`. */
  readonly clock?: Clock;
}

/** Hits of clients, each in a fixed window from its own first one. */
export interface HitWindows {
  /** Counts one more, in the running window or in a new one. */
  hit(key: string): HitWindow;
  /** The window that is running; `undefined` without. */
  find(key: string): HitWindow | undefined;
  forget(key: string): void;
  clear(): void;
  /** Those seen lately. */
  readonly current: Map<string, HitWindow>;
  /** Those that are forgotten next, unless they are seen again. */
  readonly previous: Map<string, HitWindow>;
}

/**
 * What the entry points that stand in for other packages count by default: hits, in a fixed window from a client's first, beyond
 * the limit too. Without a timer: who was not seen for a whole window is forgotten at a later hit. When half of `maxKeys` come
 * within one window, those seen least lately are forgotten early, but of those that are being refused a quarter of `maxKeys` stays. Throws
 * `invalid-option`.
 */
export function hitWindows(options: HitWindowsOptions): HitWindows {
  const { windowMs, maxKeys = 1_000_000, clock = () => Date.now() } = options;
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
    fail("maxKeys", "a positive integer", maxKeys);
  }
  const generation = Math.max(2, Math.floor(maxKeys / 2));
  let current = new Map<string, HitWindow>();
  let previous = new Map<string, HitWindow>();
  let turnsAt = -Infinity;

  function turn(now: number, endsAt: number): void {
    const kept = new Map<string, HitWindow>();
    // In time there is nothing left to keep.
    if (now < turnsAt) {
      for (const [key, window] of previous) {
        // Bounded, so that there are many hits between two turns whoever is refused.
        if (kept.size >= generation / 2) break;
        if (window.refused > 0 && window.resetTime.getTime() > now) kept.set(key, window);
      }
    }
    previous = current;
    current = kept;
    turnsAt = endsAt;
  }

  function find(key: string, now: number): HitWindow | undefined {
    const window = current.get(key) ?? previous.get(key);
    return window !== undefined && window.resetTime.getTime() > now ? window : undefined;
  }

  return {
    hit(key) {
      const now = clock();
      const endsAt = now + windowMs();
      if (now >= turnsAt || current.size >= generation) turn(now, endsAt);
      let window = find(key, now);
      if (window === undefined) {
        window = { totalHits: 0, refused: 0, resetTime: new Date(endsAt) };
      } else if (window.resetTime.getTime() > endsAt) {
        // The clock was set back: nobody waits longer than a window for that.
        window.resetTime.setTime(endsAt);
      }
      window.totalHits++;
      current.set(key, window);
      previous.delete(key);
      return window;
    },
    find: (key) => find(key, clock()),
    forget(key) {
      current.delete(key);
      previous.delete(key);
    },
    clear() {
      current.clear();
      previous.clear();
    },
    get current() {
      return current;
    },
    get previous() {
      return previous;
    },
  };
}
