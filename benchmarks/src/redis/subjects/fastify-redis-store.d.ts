declare module "@fastify/rate-limit/store/RedisStore.js" {
  import type { Redis } from "ioredis";

  /** The store of `@fastify/rate-limit` where it is given a client. */
  export default class RedisStore {
    constructor(
      continueExceeding: boolean,
      exponentialBackoff: boolean,
      redis: Redis,
      key?: string,
    );
    incr(
      key: string,
      answer: (error: Error | null, counted: { current: number; ttl: number } | null) => void,
      timeWindowMs: number,
      max: number,
    ): void;
  }
}
