export type { IoredisClient, NodeRedisClient, RedisClient } from "./client.ts";
export type { Health } from "./guard.ts";
export type { OverGrantBound } from "./guard/bound.ts";
export type { GuardEvent } from "./guard/options.ts";
export {
  redisStore,
  type RedisStore,
  type RedisStoreEvent,
  type RedisStoreOptions,
} from "./redis-store.ts";
export type { StateLoss } from "./replay.ts";
export type { ShareOptions } from "./shares.ts";
