import {
  type AsyncStore,
  type Claim,
  concurrency,
  createLimiter,
  type Limit,
  type Limiter,
  memoryStore,
  type MemoryStore,
  slidingWindow,
} from "@sluice/core";

import { guard, type GuardedStore } from "../../src/guard.ts";
import type { GuardEvent, GuardOptions } from "../../src/guard/options.ts";
import { faulty, type FaultyStore } from "./faulty.ts";

export const rpm: Limit = slidingWindow({ name: "rpm", limit: 4, window: "1m", per: ["tenant"] });
export const tpm: Limit = slidingWindow({
  name: "tpm",
  limit: 100,
  window: "1m",
  unit: "tokens",
  per: ["tenant"],
});
export const inflight: Limit = concurrency({ name: "inflight", limit: 3, per: ["tenant"] });

/** A guarded store over one that can be made to fail. */
export interface World {
  /** Where the store counts. */
  readonly exact: MemoryStore;
  readonly store: FaultyStore;
  readonly guarded: GuardedStore;
  readonly events: GuardEvent[];
}

export function world(options: Omit<GuardOptions, "observe"> = {}): World {
  const exact = memoryStore();
  const store = faulty(exact);
  const events: GuardEvent[] = [];
  const observe = (event: GuardEvent): void => void events.push(event);
  const guarded = guard(store, { deadlineMs: 20, ...options, observe });
  return { exact, store, guarded, events };
}

/** What a store counts for the one tenant, by limit. */
export function used(exact: MemoryStore, ...limits: readonly Limit[]): number[] {
  return limits.map((limit) => exact.peek([claim(limit, 0)]).states[0]!);
}

/** One claim of the one tenant. */
export function claim(limit: Limit, cost: number): Claim {
  return { terms: limit.termsFor({}), subject: "acme", cost };
}

export const acme = { tenant: "acme" };

export function limiterOf(store: AsyncStore, ...limits: readonly Limit[]): Limiter<AsyncStore> {
  return createLimiter<AsyncStore>({ limits, store });
}

/** Waits until the guard is back to exact decisions. */
export async function recovered(guarded: GuardedStore, withinMs = 3_000): Promise<number> {
  const since = performance.now();
  while (guarded.health().state !== "exact" || guarded.health().isOwed) {
    if (performance.now() - since > withinMs) throw new Error("did not recover");
    await pause(5);
  }
  return performance.now() - since;
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
