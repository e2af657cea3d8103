import type { HitWindow, HitWindows } from "./hit-windows.ts";

/** One request, counted before its limit is known or with it. */
export interface Hit {
  /** This one included, and those that were refused. */
  readonly totalHits: number;
  readonly resetTime: Date | undefined;
  /** Whether it is refused under `limit`, and what is told of it. To be asked once. */
  judge(limit: number): Judgement;
  /** The request counts for good. */
  keep(): void | Promise<void>;
  /** The request is not to count after all. */
  giveBack(): Promise<void>;
}

/** What a limit makes of a hit. */
export interface Judgement {
  readonly isRefused: boolean;
  readonly used: number;
  readonly remaining: number;
}

/** Counts requests by a key. */
export interface HitCounter {
  /** Whether `hit` has to be given the limit. */
  readonly needsLimit: boolean;
  /** Rejects with what the store fails with. */
  hit(key: string, limit?: number): Promise<Hit>;
}

/** Where a count has the window that it was read from; nobody lists it. */
const origin: unique symbol = Symbol("sluice.hit-window");

interface Origin {
  readonly window: HitWindow;
  readonly charged: number;
  /** Whether the window has neither ended nor been forgotten. */
  isKept(): boolean;
}

/** What a store says of a key. */
export interface HitCount {
  readonly totalHits: number;
  readonly resetTime?: Date | undefined;
  /** Of `hitCount()`. */
  readonly [origin]?: Origin;
}

/** The part of a store of express-rate-limit's contract that counts. */
export interface HitStore {
  increment(key: string): HitCount | Promise<HitCount>;
  decrement(key: string): void | Promise<void>;
}

/** Counts a hit in `windows` for a store of that contract, whose answer is what `tell` makes of it; `storeCounter` knows where it is from. */
export function hitCount<T extends HitCount>(
  windows: HitWindows,
  key: string,
  tell: (window: HitWindow) => T,
): T {
  const window = windows.hit(key);
  const value: Origin = {
    window,
    // Taken now: what is counted while somebody waits for this is not this one's.
    charged: window.totalHits - window.refused,
    isKept: () => windows.find(key) === window,
  };
  return Object.defineProperty(tell(window), origin, { value });
}

/**
 * Counts in a store of express-rate-limit's contract. In one that counts by `hitWindows()` a refused request is counted but not
 * held against the client; of others the contract cannot ask it. What was counted in a window that has ended, or that was forgotten, is
 * not given back.
 */
export function storeCounter(store: HitStore): HitCounter {
  return {
    needsLimit: false,
    async hit(key) {
      const count = await store.increment(key);
      const totalHits = count.totalHits;
      // Stores may go on to change theirs.
      const resetTime =
        count.resetTime instanceof Date ? new Date(count.resetTime) : count.resetTime;
      const own: Origin | undefined = count[origin];
      const charged = own?.charged ?? totalHits;
      let isRefused = false;
      return {
        totalHits,
        resetTime,
        judge(limit) {
          isRefused = charged > limit;
          if (isRefused && own !== undefined) own.window.refused++;
          return {
            isRefused,
            used: isRefused ? totalHits : charged,
            remaining: Math.max(limit - charged, 0),
          };
        },
        keep() {},
        async giveBack() {
          const isOver = own ? !own.isKept() : resetTime && Date.now() >= resetTime.getTime();
          if (isOver) return;
          if (isRefused && own !== undefined) own.window.refused--;
          await store.decrement(key);
        },
      };
    },
  };
}
