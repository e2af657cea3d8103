import type { Store } from "@sluice/core";
import type { FastifyRequest, RouteOptions } from "fastify";

/** What a store is constructed with: the options of the plugin, with their defaults. */
export interface StoreOptions {}

/** What `errorResponseBuilder` is told of a refused request. */
export interface Exceeded {
  /** 429, or 403 of a banned client. */
  statusCode: number;
  /** Whether the client is banned. */
  ban: boolean;
  /** How long to wait, in words, as `"1 minute"`. */
  after: string;
  /** The most that was allowed. */
  max: number;
  /** How long to wait, in milliseconds. */
  ttl: number;
}

/** What counts, when it is not this process's memory or Redis. */
export interface CustomStore {
  /** Counts a request of `key` and tells `callback` how many there are now, and for how many milliseconds they count. */
  incr(
    key: string,
    callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
    timeWindow: number,
    max: number,
  ): void;
  /** As `incr`, without counting; needed for `{ increment: false }` alone. */
  read?(
    key: string,
    callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
    timeWindow: number,
    max: number,
  ): void;
  /** The store of one route, or of all that have one `groupId`: the plugin's options under the route's, and `routeInfo`. */
  child(routeOptions: RouteOptions & { path: string; prefix: string }): CustomStore;
}

/** A class of stores. */
export interface StoreClass {
  new (options: StoreOptions): CustomStore;
}

/** Options of `createRateLimit()`. */
export interface LimiterOptions {
  /** What counts: a class of stores, or a store of Sluice. Default: this process's memory, or `redis`. */
  store?: StoreClass | Store;
  /**
   * `"fixed-window"` counts from a key's first request for `timeWindow`, refused requests too; `"sliding-window"` allows no more than `max` in any
   * `timeWindow`, and charges nothing for a refusal. Default: `"fixed-window"`, and `"sliding-window"` in a store of Sluice.
   */
  algorithm?: "fixed-window" | "sliding-window";
  /** Whether requests pass while the store fails. Default: `false`. */
  skipOnError?: boolean;
  /** The most requests of a key in `timeWindow`. Default: 1000. */
  max?:
    | number
    | ((req: FastifyRequest, key: string) => number)
    | ((req: FastifyRequest, key: string) => Promise<number>);
  /** Milliseconds, or as `"1 minute"`. Default: one minute. */
  timeWindow?:
    | number
    | string
    | ((req: FastifyRequest, key: string) => number)
    | ((req: FastifyRequest, key: string) => Promise<number>);
  /** Keys that pass uncounted. Default: none. */
  allowList?: string[] | ((req: FastifyRequest, key: string) => boolean | Promise<boolean>);
  /** Who is counted. Default: the client's address, as `normalizeIP` has it. */
  keyGenerator?: (req: FastifyRequest) => string | number | Promise<string | number>;
  /** How many bits of an IPv6 address make a client. Default: 64. */
  ipv6Subnet?: number;
  /** After how many refusals in one window a client is answered 403. Default: never. */
  ban?: number;
}

/** When requests are counted. */
export type HookName = "onRequest" | "preParsing" | "preValidation" | "preHandler";

/** Options of a route's `config.rateLimit`, and of `fastify.rateLimit()`. */
export interface OwnOptions extends LimiterOptions {
  /** Default: `"onRequest"`. */
  hook?: HookName;
  /** How many keys are kept in memory within their limit, and as many beyond it; 0 is a million. Default: 5000. */
  cache?: number;
  /** Whether each refused request begins the window anew. Default: `false`. */
  continueExceeding?: boolean;
  /** Is told of each request of a banned client. */
  onBanReach?: (req: FastifyRequest, key: string) => void;
  /** Routes that have the same are counted together. */
  groupId?: string;
  /** What is thrown for a refused request. Default: an error that says when to try again. */
  errorResponseBuilder?: (req: FastifyRequest, context: Exceeded) => object;
  /** Whether headers are called `ratelimit-*` instead of `x-ratelimit-*`. Default: `false`. */
  enableDraftSpec?: boolean;
  /** Is told of each request that is counted and allowed. */
  onExceeding?: (req: FastifyRequest, key: string) => void;
  /** Is told of each request that is refused. */
  onExceeded?: (req: FastifyRequest, key: string) => void;
  /** Whether each refused request doubles the time to wait. Default: `false`. */
  exponentialBackoff?: boolean;
}

/** Which headers a refusal has; all by default. */
type Switches<Prefix extends string> = {
  [Name in `${Prefix}-limit` | `${Prefix}-remaining` | `${Prefix}-reset`]?: boolean;
};

/** Options of the plugin. */
export interface PluginOptions extends OwnOptions {
  /** Whether routes without a `config.rateLimit` are limited too. Default: `true`. */
  global?: boolean;
  /** A client of ioredis or iovalkey, to one node, by Sentinel or to a Cluster. */
  // oxlint-disable-next-line typescript/no-explicit-any -- whoever gives a client here may read it from here
  redis?: any;
  /** In front of every key in Redis, or in a store of Sluice. Default: `"fastify-rate-limit-"`. */
  nameSpace?: string;
  /** How long a request waits for Redis, in milliseconds, before `skipOnError` decides. Default: 1000. */
  deadlineMs?: number;
  /** Headers of refusals to leave out. */
  addHeaders?: (Switches<"x-ratelimit"> | Switches<"ratelimit">) & { "retry-after"?: boolean };
  /** Headers of allowed requests to leave out. */
  addHeadersOnExceeding?: Switches<"x-ratelimit"> | Switches<"ratelimit">;
}
