import type { Store as SluiceStore } from "@sluice/core";
import type { NextFunction, Request, RequestHandler, Response } from "express";

/** A value that depends on the request, at once or by a promise. */
export type ValueDeterminingMiddleware<T> = (
  request: Request,
  response: Response,
) => T | Promise<T>;

/** Answers a refused request. */
export type RateLimitExceededEventHandler = (
  request: Request,
  response: Response,
  next: NextFunction,
  optionsUsed: Options,
) => void;

/** Of an option that is gone; kept for the name. */
export type RateLimitReachedEventHandler = (
  request: Request,
  response: Response,
  optionsUsed: Options,
) => void;

/** Is told an error, and what was being done. */
export type LoggerFn = (error: unknown, message?: string) => void;

/** Where errors and warnings go. */
export type Logger = { error: LoggerFn; warn: LoggerFn };

/** Drafts of the IETF's RateLimit headers. */
export type DraftHeadersVersion = "draft-6" | "draft-7" | "draft-8";

/** The options as `handler` and `store.init` see them. */
export type Options = {
  /** How long a client's window is, from its first request, in milliseconds. Default: 60,000. */
  windowMs: number;
  /** How many requests it may make in one. Asked after the request was counted. Default: 5. */
  limit: number | ValueDeterminingMiddleware<number>;
  /** The body of a refusal, as for `res.send`, or a function that makes it. */
  // oxlint-disable-next-line typescript/no-explicit-any, typescript/no-redundant-type-constituents -- as the contract has it
  message: any | ValueDeterminingMiddleware<any>;
  /** The status of a refusal. Default: 429. */
  statusCode: number;
  /** Whether there are `X-RateLimit-*` headers. Default: true. */
  legacyHeaders: boolean;
  /** Which draft's headers there are; `true` is `"draft-6"`. Default: false. */
  standardHeaders: boolean | DraftHeadersVersion;
  /** The policy's name in draft 8. Default: as `100-in-1min`. */
  identifier: string | ValueDeterminingMiddleware<string>;
  /** What `Retry-After` says, in seconds. Default: until the window ends. */
  retryAfter?: number | ValueDeterminingMiddleware<number>;
  /** Where on the request `RateLimitInfo` is. Default: `"rateLimit"`. */
  requestPropertyName: string;
  /** Whether requests that fail are not counted in the end. Default: false. */
  skipFailedRequests: boolean;
  /** Whether requests that succeed are not counted in the end. Default: false. */
  skipSuccessfulRequests: boolean;
  /** Who the client is. Default: its address, an IPv6 one by its subnet. */
  keyGenerator: ValueDeterminingMiddleware<string>;
  /** How many bits of an IPv6 address make a client; `false`: all. Default: 56. */
  ipv6Subnet: number | ValueDeterminingMiddleware<number> | false;
  /** Answers a refused request. Default: sends `statusCode` and `message`. */
  handler: RateLimitExceededEventHandler;
  /** Which requests pass uncounted. Asked first. */
  skip: ValueDeterminingMiddleware<boolean>;
  /** Whether a request succeeded. Default: its status is below 400. */
  requestWasSuccessful: ValueDeterminingMiddleware<boolean>;
  /** Where clients are counted. Default: a new `MemoryStore`. */
  store: Store | LegacyStore;
  /** Which checks of the configuration are made; each once. Default: true. */
  validate: boolean | EnabledValidations;
  /** An earlier name of `legacyHeaders`. */
  headers?: boolean;
  /** An earlier name of `limit`. */
  max?: number | ValueDeterminingMiddleware<number>;
  /** Whether requests pass that the store fails to count. Default: false. */
  passOnStoreError: boolean;
  /** Where errors and warnings go. Default: the console. */
  logger: Logger;
};

/** What may be given: the options, and Sluice's own. */
export type RateLimitOptions = Partial<Omit<Options, "store">> & {
  /** A store of the modern or the legacy contract, or one of Sluice's, as `redisStore()`, which counts in a sliding window. */
  store?: Store | LegacyStore | SluiceStore;
  /**
   * `"fixed-window"` begins with a client's first request, `"sliding-window"` is exact: no more than `limit` in any `windowMs`.
   * Default: `"fixed-window"`, and on a store of Sluice's, which has none of that kind, `"sliding-window"`.
   */
  algorithm?: "fixed-window" | "sliding-window";
  /** On a store of Sluice's, the limit's name: whoever shares a store and a name shares counts. Default: `"requests"`. */
  name?: string;
};

/** What is told of a request's client. */
export type RateLimitInfo = {
  limit: number;
  used: number;
  remaining: number;
  resetTime: Date | undefined;
  key: string;
};

/** A request that was counted. */
export type AugmentedRequest = Request & { [key: string]: RateLimitInfo };

/** The middleware. */
export type RateLimitRequestHandler = RequestHandler & {
  /** Forgets a client. */
  resetKey: (key: string) => void;
  /** What is known of a client. Throws where the store cannot tell. */
  getKey: (
    key: string,
  ) => Promise<ClientRateLimitInfo | undefined> | ClientRateLimitInfo | undefined;
};

/** What a store says of a client. */
export type ClientRateLimitInfo = {
  /** Its requests in this window, refused ones too. */
  totalHits: number;
  /** When the window ends. */
  resetTime: Date | undefined;
};

/** What `increment` answers. */
export type IncrementResponse = ClientRateLimitInfo;

/** What the memory store keeps of a client. */
export type Client = { totalHits: number; resetTime: Date };

/** How a legacy store tells what it counted. */
export type IncrementCallback = (
  error: Error | undefined,
  totalHits: number,
  resetTime: Date | undefined,
) => void;

/** A store of the callback contract, which has `incr` and no `increment`. */
export type LegacyStore = {
  /** Counts one more. */
  incr: (key: string, callback: IncrementCallback) => void;
  /** Counts one less. */
  decrement: (key: string) => void;
  /** Forgets a client. */
  resetKey: (key: string) => void;
  /** Forgets all. */
  resetAll?: () => void;
};

/** Where clients are counted. All but `init` may answer at once or by a promise. */
export type Store = {
  /** Is told the options, before anything is counted; what it fails with is logged. It is asked again when a count fails after that. */
  init?: (options: Options) => void | Promise<void>;
  /** What is known of a client; for `getKey`. */
  get?: (key: string) => Promise<ClientRateLimitInfo | undefined> | ClientRateLimitInfo | undefined;
  /** Counts one more, and tells how many there are now: a positive integer. */
  increment: (key: string) => Promise<IncrementResponse> | IncrementResponse;
  /** Counts one less. */
  decrement: (key: string) => Promise<void> | void;
  /** Forgets a client. */
  resetKey: (key: string) => Promise<void> | void;
  /** Forgets all. */
  resetAll?: () => Promise<void> | void;
  /** Ends whatever the store has running. */
  shutdown?: () => Promise<void> | void;
  /** Whether its keys are its own: two such stores may count the same key for one request. */
  localKeys?: boolean;
  /** What it puts before its keys. */
  prefix?: string;
};

/** Checks of the configuration. Each logs what it finds, once, and throws nothing. */
export type Validations = {
  /** Which are made, by name; `default` for the others. */
  enabled: { [key: string]: boolean };
  /** Turns off those that are named. */
  disable(): void;
  ip(ip: string | undefined): void;
  trustProxy(request: Request): void;
  xForwardedForHeader(request: Request): void;
  forwardedHeader(request: Request): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- as the contract has it, here and below
  positiveHits(hits: any): void;
  unsharedStore(store: Store): void;
  singleCount(request: Request, store: Store, key: string): void;
  limit(limit: number): void;
  // oxlint-disable-next-line typescript/no-explicit-any
  draftPolliHeaders(draft_polli_ratelimit_headers?: any): void;
  // oxlint-disable-next-line typescript/no-explicit-any
  onLimitReached(onLimitReached?: any): void;
  // oxlint-disable-next-line typescript/no-explicit-any
  headersDraftVersion(version?: any): void;
  headersResetTime(resetTime?: Date): void;
  knownOptions(passedOptions?: Partial<Options>): void;
  validationsConfig(): void;
  creationStack(store: Store): void;
  // oxlint-disable-next-line typescript/no-explicit-any
  ipv6Subnet(ipv6Subnet?: any): void;
  ipv6SubnetOrKeyGenerator(options: Partial<Options>): void;
  keyGeneratorIpFallback(keyGenerator?: ValueDeterminingMiddleware<string>): void;
  windowMs(windowMs: number): void;
};

/** Turns checks on and off by name; `default` is for those that are not named. */
export type EnabledValidations = {
  [key in keyof Omit<Validations, "enabled" | "disable"> | "default"]?: boolean;
};
