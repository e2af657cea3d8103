import type { Store, UnstorageInstance } from "hono-rate-limiter";

import type { Environment, Kit } from "./side.ts";

interface Behaviour {
  readonly windowMs?: number;
  readonly hasResetTime?: boolean;
  readonly hasGet?: boolean;
  /** Which methods fail, and at which of their calls; at all without. */
  readonly fails?: Partial<Record<string, readonly number[]>>;
  /** Whether it answers at once. */
  readonly sync?: boolean;
}

/** A store that somebody else wrote, which writes down what it is asked. */
export function otherStore({ note }: Kit, behaviour: Behaviour = {}): Store<Environment> {
  const { windowMs = 60_000, hasResetTime = true, hasGet = true } = behaviour;
  const { fails = {}, sync = false } = behaviour;
  const counts = new Map<string, { totalHits: number; resetTime: Date }>();
  const calls: Record<string, number> = {};
  const called = (method: string, ...given: readonly unknown[]): void => {
    note(method, ...given);
    const call = (calls[method] = (calls[method] ?? 0) + 1);
    const failing = fails[method];
    if (failing !== undefined && (failing.length === 0 || failing.includes(call))) {
      throw new Error(`${method} has failed`);
    }
  };
  const tell = ({ totalHits, resetTime }: { totalHits: number; resetTime: Date }) =>
    hasResetTime ? { totalHits, resetTime } : { totalHits };
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
    init: (options) => called("init", options.windowMs, typeof options.limit),
    ...(hasGet
      ? {
          get: async (key: string) => {
            called("get", key);
            const count = counts.get(key);
            return count && tell(count);
          },
        }
      : {}),
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

/** A storage as unstorage's in memory, which keeps what it is given. */
export function storage(note: Kit["note"] = () => {}): UnstorageInstance {
  const kept = new Map<string, unknown>();
  return {
    get: async (key: string): Promise<unknown> => kept.get(key) ?? null,
    set: async (key: string, value: unknown): Promise<void> => {
      note("set", key, value);
      kept.set(key, value);
    },
    remove: async (key: string): Promise<void> => {
      note("remove", key);
      kept.delete(key);
    },
  };
}
