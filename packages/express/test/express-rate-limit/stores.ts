import type { IncrementCallback, LegacyStore, Store } from "express-rate-limit";

import type { Kit } from "./side.ts";

interface Behaviour {
  readonly windowMs?: number;
  readonly hasResetTime?: boolean;
  readonly localKeys?: boolean;
  readonly prefix?: string;
  /** Which methods fail, and at which of their calls; at all without. */
  readonly fails?: Partial<Record<keyof Store, readonly number[]>>;
  /** Whether it answers at once. */
  readonly sync?: boolean;
}

/** A store that somebody else wrote, of the modern contract, which writes down what it is asked. */
export function modernStore({ note }: Kit, behaviour: Behaviour = {}): Store {
  const { windowMs = 60_000, hasResetTime = true, fails = {}, sync = false } = behaviour;
  const counts = new Map<string, { totalHits: number; resetTime: Date }>();
  const calls: Partial<Record<keyof Store, number>> = {};
  const called = (method: keyof Store, ...given: readonly unknown[]): void => {
    note(method, ...given);
    const call = (calls[method] = (calls[method] ?? 0) + 1);
    const failing = fails[method];
    if (failing !== undefined && (failing.length === 0 || failing.includes(call))) {
      throw new Error(`${method} has failed`);
    }
  };
  const tell = (count: { totalHits: number; resetTime: Date }) => ({
    totalHits: count.totalHits,
    resetTime: hasResetTime ? count.resetTime : undefined,
  });
  const increment = (key: string) => {
    called("increment", key);
    let count = counts.get(key);
    if (count === undefined || count.resetTime.getTime() <= Date.now()) {
      counts.set(key, (count = { totalHits: 0, resetTime: new Date(Date.now() + windowMs) }));
    }
    count.totalHits++;
    return tell(count);
  };
  return {
    ...(behaviour.localKeys === undefined ? {} : { localKeys: behaviour.localKeys }),
    ...(behaviour.prefix === undefined ? {} : { prefix: behaviour.prefix }),
    init: (options) => called("init", options.windowMs, typeof options.limit),
    get: async (key) => {
      called("get", key);
      const count = counts.get(key);
      return count && tell(count);
    },
    increment: sync ? increment : async (key) => increment(key),
    decrement: async (key) => {
      called("decrement", key);
      const count = counts.get(key);
      if (count) count.totalHits--;
    },
    resetKey: async (key) => {
      called("resetKey", key);
      counts.delete(key);
    },
  };
}

/** A store of the callback contract. */
export function legacyStore(
  { note }: Kit,
  behaviour: { readonly failsAt?: number; readonly hasResetAll?: boolean } = {},
): LegacyStore {
  const counts = new Map<string, number>();
  const resetTime = new Date(Date.now() + 60_000);
  let calls = 0;
  return {
    incr(key: string, callback: IncrementCallback) {
      note("incr", key);
      const hits = (counts.get(key) ?? 0) + 1;
      counts.set(key, hits);
      const error = ++calls === behaviour.failsAt ? new Error("incr has failed") : undefined;
      setImmediate(() => callback(error, hits, resetTime));
    },
    decrement(key) {
      note("decrement", key);
      counts.set(key, (counts.get(key) ?? 0) - 1);
    },
    resetKey(key) {
      note("resetKey", key);
      counts.delete(key);
    },
    ...(behaviour.hasResetAll ? { resetAll: () => counts.clear() } : {}),
  };
}
