import type { AsyncStore } from "@sluice/core";
import { redisStore, type RedisStoreOptions } from "@sluice/redis";
import type { Redis } from "ioredis";

// Below what the package offers: there is no option to send each check by itself.
import { scriptRunner } from "../../../packages/redis/src/client.ts";
import { exactStore } from "../../../packages/redis/src/exact.ts";

/** How a limit is shared out: slices of so many units, each used within so long. */
export interface Lent {
  readonly slice: number;
  readonly ttlMs: number;
}

/** A store, and whether it ever decided without the server: that is fast, and not what is measured. */
export interface Measured {
  readonly store: AsyncStore;
  readonly failure: () => unknown;
}

/** A busy machine is late, and is to be measured all the same: the default would have it decide alone. */
const deadlineMs = 10_000;

/** As it is where nothing is asked for, but for the deadline. */
export function standardStore(client: Redis, options: RedisStoreOptions = {}): Measured {
  let failure: unknown;
  const store = redisStore(client, {
    ...options,
    deadlineMs,
    observe(event) {
      if (event.kind === "failure") failure ??= event.error;
    },
  });
  return { store, failure: () => failure };
}

/** Each check is a script call of its own. */
export function uncoalescedStore(client: Redis): Measured {
  const store = exactStore(scriptRunner(client), {
    prefix: "sluice:",
    rememberMs: 600_000,
    clock: undefined,
    writesLooks: false,
  });
  return { store, failure: () => undefined };
}

/** Refusals are answered here until their time has come. */
export function denyingStore(client: Redis): Measured {
  return standardStore(client, { denyCache: true });
}

/** The limit `name` is decided on here, out of slices. */
export function leasedStore(client: Redis, name: string, { slice, ttlMs }: Lent): Measured {
  return standardStore(client, { shares: { [name]: { slice, ttl: ttlMs } } });
}
