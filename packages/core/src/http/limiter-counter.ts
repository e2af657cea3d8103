import { slidingWindow } from "../algorithms/sliding-window.ts";
import type { Decision } from "../decision.ts";
import { SluiceError } from "../errors.ts";
import type { Lease } from "../lease.ts";
import { createLimiter, type Limiter } from "../limiter.ts";
import { memoryStore } from "../store/memory.ts";
import type { Store } from "../store/store.ts";
import type { Hit, HitCount, HitCounter } from "./hit-counter.ts";

/** Options of `limiterCounter()`. */
export interface LimiterCounterOptions {
  readonly windowMs: number;
  /** Default: `memoryStore()`. */
  readonly store?: Store | undefined;
  /** The limit's name: counters that share a store and a name share counts. Default: `"requests"`. */
  readonly name?: string | undefined;
  /** Whether hits may be given back: each then holds a lease until it is kept or given back. */
  readonly holds: boolean;
}

/** Counts in an exact sliding window, and tells and forgets what is counted. */
export interface LimiterCounter extends HitCounter {
  find(key: string): Promise<HitCount | undefined>;
  forget(key: string): Promise<void>;
}

/** How many limiters are kept for limits that vary by request; beyond that they are made anew. */
const mostLimiters = 256;

/** A counter over a limiter's exact sliding window: a refused request charges nothing. Throws `invalid-option`. */
export function limiterCounter(options: LimiterCounterOptions): LimiterCounter {
  const { windowMs, store = memoryStore(), name = "requests", holds } = options;
  const window = Math.ceil(windowMs);
  const limiters = new Map<number, Limiter<Store>>();

  // One for each capacity: what they count is the same, since the limit's name is.
  function limiterOf(capacity: number): Limiter<Store> {
    let limiter = limiters.get(capacity);
    if (limiter === undefined) {
      const limits = [slidingWindow({ name, limit: capacity, window, per: ["key"] })];
      limiter = createLimiter({ limits, store });
      if (limiters.size >= mostLimiters) limiters.clear();
      limiters.set(capacity, limiter);
    }
    return limiter;
  }

  // What is wrong in the options is said now.
  limiterOf(1);
  return {
    needsLimit: true,
    async hit(key, limit = 0) {
      const capacity = Math.max(0, Math.min(Math.floor(limit), Number.MAX_SAFE_INTEGER));
      const limiter = limiterOf(capacity);
      if (!holds) return hitOf(await limiter.check({ key }), window);
      const decision = await limiter.reserve({ key });
      return hitOf(decision, window, decision.allowed ? decision.lease : undefined);
    },
    async find(key) {
      const { limits } = await limiterOf(1).peek({ key });
      const { used, freesAfterMs } = limits[0]!;
      return used === 0
        ? undefined
        : { totalHits: used, resetTime: new Date(Date.now() + freesAfterMs) };
    },
    async forget(key) {
      await limiterOf(1).reset({ key });
    },
  };
}

function hitOf(decision: Decision, windowMs: number, lease?: Lease<Store>): Hit {
  const { used, remaining, freesAfterMs } = decision.limits[0]!;
  if (!decision.allowed && decision.reason === "store-unavailable") {
    throw new SluiceError("store-failed", "rateLimit: the store could not decide");
  }
  const totalHits = decision.allowed ? used : used + 1;
  const untilMs = decision.allowed ? freesAfterMs : (decision.retryAfterMs ?? windowMs);
  return {
    totalHits,
    resetTime: new Date(Date.now() + untilMs),
    judge: () => ({ isRefused: !decision.allowed, used: totalHits, remaining }),
    async keep() {
      await lease?.settle();
    },
    async giveBack() {
      await lease?.release();
    },
  };
}
