import type { AsyncStore, Limiter } from "@sluice/core";
import type { RedisStoreOptions } from "@sluice/redis";
import type { Redis } from "ioredis";

import { sink } from "../loop.ts";
import type { Code } from "./code.ts";
import { counter } from "./counter.ts";
import type { Calls, Race } from "./race.ts";

const inFlight = 64;
// A busy machine is late, and is to be judged all the same.
const deadlineMs = 10_000;

/**
 * What the store on a Redis server answers without it, beside the simplest limiter that promises. What goes over the wire is for the benchmark:
 * on a busy machine it depends on when the server gets its turn.
 */
export async function redisRaces({ core, redis }: Code, client: Redis): Promise<Race[]> {
  const { createLimiter, slidingWindow } = core;
  const { redisStore } = redis;
  const over = (
    name: string,
    limit: number,
    options: RedisStoreOptions = {},
  ): Limiter<AsyncStore> => {
    const limits = [slidingWindow({ name, limit, window: "10m", per: ["user"] })];
    return createLimiter({ limits, store: redisStore(client, { deadlineMs, ...options }) });
  };
  const denied = over("denied", 10, { denyCache: true });
  const shares = { leased: { slice: 100_000, ttl: "1m" } } as const;
  const leased = over("leased", 1_000_000_000, { shares });
  const user = "hot";
  const count = counter();
  const counted = together(async () => count(user));
  const races: Race[] = [
    {
      name: "Redis: a refusal that is remembered",
      own: together(() => denied.check({ user })),
      beside: counted,
      calls: 640,
      atMost: 5.6,
    },
    {
      name: "Redis: a check out of a leased share",
      own: together(() => leased.check({ user })),
      beside: counted,
      calls: 640,
      atMost: 8.6,
    },
  ];
  for (let call = 0; call < 20; call++) await denied.check({ user });
  return races;
}

/** Calls that wait for an answer, always so many at once. */
function together(call: (index: number) => Promise<unknown>): Calls {
  return async (count) => {
    let next = 0;
    const askOnAndOn = async (): Promise<void> => {
      while (next < count) sink.last = await call(next++);
    };
    await Promise.all(Array.from({ length: inFlight }, askOnAndOn));
  };
}
