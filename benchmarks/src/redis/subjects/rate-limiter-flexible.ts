import { RateLimiterRedis, RateLimiterUnion } from "rate-limiter-flexible";

import type { Opened, Subject } from "./subject.ts";

const name = "rate-limiter-flexible";
const promise = "fixed window from a key's first request, one limit, a refused request counts";

/** `consume` of its RateLimiterRedis, awaited. */
export const rateLimiterFlexible: Subject = {
  name,
  promise,
  open: ({ client, limit }) =>
    consumed(new RateLimiterRedis({ storeClient: client, points: limit, duration: 60 })),
};

/** The same, with the block list that answers for a key once it has been refused. */
export const rateLimiterFlexibleBlocking: Subject = {
  name,
  promise,
  open({ client, limit }) {
    const blocking = { inMemoryBlockOnConsumed: limit };
    return consumed(
      new RateLimiterRedis({ storeClient: client, points: limit, duration: 60, ...blocking }),
    );
  },
};

/** `consume` of its RateLimiterUnion of three: a minute, an hour and a day. */
export const rateLimiterFlexibleUnion: Subject = {
  name,
  promise: "three calls, charged on refusal",
  open({ client, limit }) {
    const of = (keyPrefix: string, points: number, duration: number) =>
      new RateLimiterRedis({ storeClient: client, keyPrefix, points, duration });
    return consumed(
      new RateLimiterUnion(
        of("minute", limit, 60),
        of("hour", 10 * limit, 3_600),
        of("day", 100 * limit, 86_400),
      ),
    );
  },
};

/** Refusals are rejections: of a limiter with its numbers, of a union with those of each that refused. */
function consumed(limiter: { consume(key: string): Promise<unknown> }): Opened {
  return {
    async decide(key) {
      try {
        await limiter.consume(key);
        return true;
      } catch (refusal) {
        if (refusal instanceof Error) throw refusal;
        const failure = Object.values(Object(refusal)).find((part) => part instanceof Error);
        if (failure !== undefined) throw failure;
        return false;
      }
    },
  };
}
