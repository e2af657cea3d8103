import type { Store as SluiceStore } from "@sluice/core";
import type { Context, Env, Input, Next } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import type { WSContext } from "hono/ws";

/** What a store says of a client. */
export type ClientRateLimitInfo = {
  /** Its requests in this window, refused ones too. */
  totalHits: number;
  /** When the window ends. */
  resetTime?: Date;
};

/** At once, or by a promise. */
export type Promisify<T> = T | Promise<T>;

/** What is told of a request's client. */
export type RateLimitInfo = {
  limit: number;
  used: number;
  remaining: number;
  resetTime: Date | undefined;
};

/** Answers a refused request. */
export type RateLimitExceededEventHandler<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> = (c: Context<E, P, I>, next: Next, optionsUsed: ConfigType<E, P, I>) => void;

type KeyGeneratorType<E extends Env, P extends string, I extends Input> = {
  /** Who the client is. */
  keyGenerator: (c: Context<E, P, I>) => Promisify<string>;
};

type CommonConfigType<E extends Env, P extends string, I extends Input> = {
  /** The body of a refusal: text, or what is sent as JSON, or a function that makes it. */
  message:
    | string
    | Record<string, unknown>
    | ((c: Context<E, P, I>) => Promisify<string | Record<string, unknown>>);
  /** The status of a refusal. Default: 429. */
  statusCode: StatusCode;
  /** Answers a refused request. Default: sends `statusCode` and `message`. */
  handler: RateLimitExceededEventHandler<E, P, I>;
  /** Which requests pass uncounted. Asked first. */
  skip: (c: Context<E, P, I>) => Promisify<boolean>;
};

/** A rate limit of Cloudflare's. */
type RateLimit = {
  limit: (options: { key: string }) => Promisify<{ success: boolean }>;
};

type Binding<E extends Env, P extends string, I extends Input> = {
  /** The Cloudflare rate limit that decides instead. */
  binding: RateLimit | ((c: Context<E, P, I>) => RateLimit);
};

/** The options as `handler` sees them, with a binding. */
export type CloudflareConfigType<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> = Binding<E, P, I> & KeyGeneratorType<E, P, I> & CommonConfigType<E, P, I>;

/** What may be given, with a binding. */
export type CloudflareConfigProps<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> = Binding<E, P, I> & KeyGeneratorType<E, P, I> & Partial<CommonConfigType<E, P, I>>;

/** The options as `handler` and `store.init` see them. */
export type HonoConfigType<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> = {
  /** How long a client's window is, from its first request, in milliseconds. Default: 60,000. */
  windowMs: number;
  /** How many requests it may make in one. Asked after the request was counted. Default: 5. */
  limit: number | ((c: Context<E, P, I>) => Promisify<number>);
  /** Which draft's headers there are; `true` is `"draft-6"`. Default: `"draft-6"`. */
  standardHeaders: boolean | "draft-6" | "draft-7";
  /** Under which name `RateLimitInfo` is in the context. Default: `"rateLimit"`. */
  requestPropertyName: string;
  /** Under which name `getKey` and `resetKey` are in the context. Default: `"rateLimitStore"`. */
  requestStorePropertyName: string;
  /** Whether requests that fail are not counted in the end. Default: false. */
  skipFailedRequests: boolean;
  /** Whether requests that succeed are not counted in the end. Default: false. */
  skipSuccessfulRequests: boolean;
  /** Whether a request succeeded. Default: its status is below 400. */
  requestWasSuccessful: (c: Context<E, P, I>) => Promisify<boolean>;
  /** Where clients are counted. Default: a new `MemoryStore`. */
  store: Store<E, P, I>;
} & KeyGeneratorType<E, P, I> &
  CommonConfigType<E, P, I>;

/** Options that are Sluice's own. */
export type SluiceOptions<S> = {
  /** A store of the contract here, or one of Sluice's, as `redisStore()`, which counts in a sliding window. */
  store?: S | SluiceStore;
  /**
   * `"fixed-window"` begins with a client's first request, `"sliding-window"` is exact: no more than `limit` in any `windowMs`.
   * Default: `"fixed-window"`, and on a store of Sluice's, which has none of that kind, `"sliding-window"`.
   */
  algorithm?: "fixed-window" | "sliding-window";
  /** On a store of Sluice's, the limit's name: whoever shares a store and a name shares counts. Default: `"requests"`. */
  name?: string;
};

/** What may be given, without a binding. */
export type HonoConfigProps<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> = { binding?: never } & KeyGeneratorType<E, P, I> &
  Partial<Omit<HonoConfigType<E, P, I>, "store">> &
  SluiceOptions<Store<E, P, I>>;

/** The options as `handler` sees them. */
export type ConfigType<E extends Env = Env, P extends string = string, I extends Input = Input> =
  | HonoConfigType<E, P, I>
  | CloudflareConfigType<E, P, I>;

/** What may be given. */
export type ConfigProps<E extends Env = Env, P extends string = string, I extends Input = Input> =
  | HonoConfigProps<E, P, I>
  | CloudflareConfigProps<E, P, I>;

/** Status codes that a WebSocket may be closed with. */
export type WSStatusCode =
  | 1000
  | 1001
  | 1002
  | 1003
  | 1004
  | 1005
  | 1006
  | 1007
  | 1008
  | 1009
  | 1010;

/** Answers a refused message. */
export type WSRateLimitExceededEventHandler<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> = (event: unknown, ws: WSContext, optionsUsed: WSConfigType<E, P, I>) => void;

type NotOfMessages =
  | "statusCode"
  | "standardHeaders"
  | "requestWasSuccessful"
  | "handler"
  | "skip"
  | "message";

/** The options for messages of a WebSocket, as `handler` sees them. */
export type WSConfigType<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> = Omit<HonoConfigType<E, P, I>, NotOfMessages> & {
  /** The reason that the socket is closed for. */
  message: string;
  /** The status that it is closed with. Default: 1008. */
  statusCode: WSStatusCode;
  /** Answers a refused message. Default: closes the socket. */
  handler: WSRateLimitExceededEventHandler<E, P, I>;
  /** Which messages pass uncounted. Asked first. */
  skip: (event: unknown, ws: WSContext) => Promisify<boolean>;
};

/** What may be given for messages of a WebSocket. */
export type WSConfigProps<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> = KeyGeneratorType<E, P, I> &
  Partial<Omit<WSConfigType<E, P, I>, "store">> &
  SluiceOptions<Store<E, P, I>>;

/** Where clients are counted. All may answer at once or by a promise. */
export type Store<E extends Env = Env, P extends string = string, I extends Input = Input> = {
  /** Is told the options, before anything is counted. */
  init?: (options: HonoConfigType<E, P, I>) => void;
  /** What is known of a client. */
  get?: (key: string) => Promisify<ClientRateLimitInfo | undefined>;
  /** Counts one more, and tells how many there are now. */
  increment: (key: string) => Promisify<ClientRateLimitInfo>;
  /** Counts one less. */
  decrement: (key: string) => Promisify<void>;
  /** Forgets a client. */
  resetKey: (key: string) => Promisify<void>;
  /** Forgets all. */
  resetAll?: () => Promisify<void>;
  /** Ends whatever the store has running. */
  shutdown?: () => Promisify<void>;
  /** Whether its keys are its own. */
  localKeys?: boolean;
  /** What it puts before its keys. */
  prefix?: string;
};
