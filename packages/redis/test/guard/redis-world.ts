import { Redis } from "ioredis";

import { scriptRunner } from "../../src/client.ts";
import { guard, type GuardedStore } from "../../src/guard.ts";
import type { OverGrantBound } from "../../src/guard/bound.ts";
import type { GuardEvent, GuardOptions } from "../../src/guard/options.ts";
import { replay, type ReplayStore, type StateLoss } from "../../src/replay.ts";
import { redisPulse } from "../../src/replay/redis-pulse.ts";
import { bareStore } from "../bare-store.ts";

/** One process of several, with a client of its own made as most users make it: by default options. */
export interface Process extends Disposable {
  readonly client: Redis;
  readonly replayed: ReplayStore;
  readonly guarded: GuardedStore;
  readonly events: (GuardEvent | StateLoss)[];
  /** As printed at each failure. */
  readonly bounds: OverGrantBound[];
}

export function processOf(
  address: { readonly host: string; readonly port: number },
  options: Omit<GuardOptions, "own" | "observe"> = {},
): Process {
  const client = new Redis({ host: address.host, port: address.port });
  client.on("error", () => {});
  const events: (GuardEvent | StateLoss)[] = [];
  const bounds: OverGrantBound[] = [];
  const observe = (event: GuardEvent | StateLoss): void => {
    events.push(event);
    if (event.kind === "failure") bounds.push(guarded.bound());
  };
  const exact = bareStore(client, { prefix: "test:" });
  const pulse = redisPulse(scriptRunner(client), "test:");
  const replayed: ReplayStore = replay(exact, { pulse, observe });
  const guarded: GuardedStore = guard(replayed, { ...options, own: replayed, observe });
  return {
    client,
    replayed,
    guarded,
    events,
    bounds,
    [Symbol.dispose]: () => client.disconnect(),
  };
}
