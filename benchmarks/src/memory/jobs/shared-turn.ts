import { createLimiter, type Limit, slidingWindow, type SyncStore } from "@sluice/core";

import { uniformKeys } from "../../key-order.ts";
import { type Loop, syncLoop } from "../../loop.ts";

/** What a thread or a process is told to do. */
export type SharedTask =
  | {
      readonly kind: "uniform";
      readonly keys: number;
      readonly calls: number;
      readonly seed: number;
    }
  | { readonly kind: "race"; readonly racedKeys: number };

/** What it did, by the clock that all share. */
export interface Turn {
  readonly startMs: number;
  readonly endMs: number;
  readonly calls: number;
  /** How many were admitted: of all keys, or of each raced one. */
  readonly admitted: readonly number[];
}

/** What a key allows that is raced for. */
export const raceCapacity = 10_000;

const per = ["user"];

/** Of the table of a million keys. */
const sharedLimit = slidingWindow({ name: "rpm", limit: 100, window: "1m", per });

/** Of a key that is raced for: each asks for all of it. */
const raceLimit = slidingWindow({ name: "race", limit: raceCapacity, window: "1m", per });

/** A loop over the table of a million keys, on `store`. */
export function sharedLoop(store: SyncStore): Loop {
  return loopOf(sharedLimit, store);
}

/** Gets ready to do tasks on `store`: what is answered does one, at once. */
export function turnsOn(store: SyncStore): (task: SharedTask) => () => Promise<Turn> {
  const uniform = sharedLoop(store);
  const race = loopOf(raceLimit, store);
  return (task) => {
    const [loop, orders] =
      task.kind === "uniform"
        ? [uniform, [uniformKeys(task.keys, task.calls, task.seed)]]
        : [race, racesFor(task.racedKeys)];
    return async () => {
      const startMs = performance.timeOrigin + performance.now();
      const admitted: number[] = [];
      for (const order of orders) admitted.push(await loop.run(order));
      const endMs = performance.timeOrigin + performance.now();
      const calls = orders.reduce((sum, order) => sum + order.length, 0);
      return { startMs, endMs, calls, admitted };
    };
  };
}

function racesFor(keys: number): Uint32Array[] {
  return Array.from({ length: keys }, (_, key) => new Uint32Array(raceCapacity).fill(key));
}

function loopOf(limit: Limit, store: SyncStore): Loop {
  const limiter = createLimiter({ limits: [limit], store });
  return syncLoop(
    (user) => limiter.check({ user }),
    (decision) => decision.allowed,
  );
}
