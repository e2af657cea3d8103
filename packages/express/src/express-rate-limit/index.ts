export { DAY, HOUR, MINUTE, SECOND } from "./durations.ts";
export { ipKeyGenerator } from "./ip-key-generator.ts";
export { MemoryStore, type MemoryStoreOptions } from "./memory-store.ts";
export type {
  AugmentedRequest,
  Client,
  ClientRateLimitInfo,
  DraftHeadersVersion,
  EnabledValidations,
  IncrementCallback,
  IncrementResponse,
  LegacyStore,
  Logger,
  LoggerFn,
  Options,
  RateLimitExceededEventHandler,
  RateLimitInfo,
  RateLimitOptions,
  RateLimitReachedEventHandler,
  RateLimitRequestHandler,
  Store,
  Validations,
  ValueDeterminingMiddleware,
} from "./options.ts";
// oxlint-disable-next-line import/no-default-export -- the contract has both
export { rateLimit as default, rateLimit } from "./rate-limit.ts";
