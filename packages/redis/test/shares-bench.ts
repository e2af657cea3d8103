import { type Claim, type Limit, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock, type ManualClock } from "@sluice/core/testing";

import { type SharedStore, shares, type SharesOptions } from "../src/shares.ts";
import { claimOf } from "./claims.ts";
import { later, type LaterStore } from "./later.ts";

/** A hundred in a second, shared in slices of ten that last 100 ms. */
export const hot: Limit = slidingWindow({ name: "hot", limit: 100, window: "1s", per: [] });
export const exact: Limit = slidingWindow({
  name: "exact",
  limit: 5,
  window: "1s",
  per: ["tenant"],
});

export interface Bench {
  readonly clock: ManualClock;
  readonly inner: LaterStore;
  readonly store: SharedStore;
  /** One more process, with a store of its own. */
  readonly another: () => SharedStore;
  readonly ask: (cost?: number, store?: SharedStore) => Promise<string>;
  /** What the server counts. */
  readonly counted: (store?: SharedStore) => Promise<number>;
}

/** A process that shares the limit, above a store that can be looked into. */
export function bench(options: Partial<SharesOptions> = {}): Bench {
  const clock = manualClock();
  const inner = later(memoryStore({ clock }));
  const share = new Map([["hot", { slice: 10, ttlMs: 100 }]]);
  const another = (): SharedStore => shares(inner, { shares: share, now: clock, ...options });
  const store = another();
  return {
    clock,
    inner,
    store,
    another,
    async ask(cost = 1, from = store) {
      const { verdict, states } = await from.reserve([claimOf(hot, cost)]);
      return verdict === "allowed" ? verdict : `${verdict} ${states[1]}`;
    },
    async counted(from = another()) {
      // Holds nothing, and so tells what is counted, slices and all.
      const { states } = await from.peek([claimOf(hot, 0)]);
      return states[0]!;
    },
  };
}

/** A request under the shared limit and an exact one. */
export function mixed(cost: number, exactCost: number = cost): Claim[] {
  return [claimOf(hot, cost), claimOf(exact, exactCost, "acme")];
}
