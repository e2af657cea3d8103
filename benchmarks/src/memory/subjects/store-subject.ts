import {
  type Clock,
  createLimiter,
  slidingWindow,
  type StoreSize,
  type SyncStore,
} from "@sluice/core";

import { syncLoop } from "../../loop.ts";
import type { Table } from "../table.ts";
import type { Subject } from "./subject.ts";

/** Sluice's limiter over one kind of store. */
export interface StoreSubject extends Subject {
  openStore(options: { readonly maxKeys: number; readonly clock?: Clock }): SizedStore;
  /** A store whose counts other threads can share. */
  share(maxKeys: number): { readonly store: SyncStore; readonly table: Table };
}

/** A store that tells how much it has. */
interface SizedStore extends SyncStore {
  size(): StoreSize & { readonly bytes: number };
  /** Default: nothing to give back. */
  close?(): void;
}

/** `check` of a limiter over the stores of one kind. */
export function storeSubject(made: Omit<StoreSubject, "open" | "weighs">): StoreSubject {
  return {
    ...made,
    weighs: true,
    open({ limit, keys, clock = Date.now, weighs = false }) {
      const store = made.openStore({ maxKeys: keys, clock });
      const unit = weighs ? "tokens" : "requests";
      const limiter = createLimiter({
        limits: [slidingWindow({ name: "rpm", limit, window: "1m", unit, per: ["user"] })],
        store,
      });
      const decide = weighs
        ? (user: string, tokens: number) => limiter.check({ user }, { tokens })
        : (user: string) => limiter.check({ user });
      return {
        loop: syncLoop(decide, (decision) => decision.allowed),
        bytes: () => store.size().bytes,
        close: () => store.close?.(),
      };
    },
  };
}
