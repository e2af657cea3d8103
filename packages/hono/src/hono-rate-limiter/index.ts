export { MemoryStore, type MemoryStoreOptions } from "./memory-store.ts";
export type {
  ClientRateLimitInfo,
  CloudflareConfigProps,
  CloudflareConfigType,
  ConfigProps,
  ConfigType,
  HonoConfigProps,
  HonoConfigType,
  Promisify,
  RateLimitExceededEventHandler,
  RateLimitInfo,
  SluiceOptions,
  Store,
  WSConfigProps,
  WSConfigType,
  WSRateLimitExceededEventHandler,
  WSStatusCode,
} from "./options.ts";
export { rateLimiter } from "./rate-limiter.ts";
export { type Options, type RedisClient, type RedisReply, RedisStore } from "./redis-store.ts";
export { type UnstorageInstance, UnstorageStore } from "./unstorage-store.ts";
export { webSocketLimiter } from "./web-socket-limiter.ts";
