import type {
  FastifyRateLimitStore,
  RateLimitPluginOptions,
} from "@sluice/fastify/fastify-rate-limit";
import type { FastifyInstance, FastifyRequest, FastifyServerOptions, InjectOptions } from "fastify";
import type { Redis } from "ioredis";

/** One request: `"/path"`, `"HEAD /path"`, or more of it. A number: so many of `GET /`. `wait`: milliseconds pass. */
export type Step = number | string | InjectOptions | { readonly wait: number };

/** What a scenario is given to build with. */
export interface World {
  /** Writes down what happens, in order with the answers. */
  readonly log: (...what: unknown[]) => void;
  /** A callback that writes down its name, the request and what else it is given, and answers `answer`. */
  readonly tell: <T = undefined>(
    name: string,
    answer?: T,
  ) => (request: FastifyRequest, what?: unknown) => T;
  /** A class of stores that count by key and write down how they are used. */
  readonly Store: new (options: object) => FastifyRateLimitStore;
  /** A connection to a server of our own; only where the scenario says `redis`. */
  readonly redis: Redis;
}

/** Requests that are to be answered alike by the plugin and by the one whose place it takes. */
export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
  /** Of the plugin. Default: a limit of two requests in a minute. */
  readonly options?: RateLimitPluginOptions | ((world: World) => object);
  /** Of the app. */
  readonly server?: FastifyServerOptions;
  /** What is done before the plugin is registered. */
  readonly before?: (app: FastifyInstance, world: World) => unknown;
  /** The routes. Default: `GET /`. */
  readonly routes?: (app: FastifyInstance, world: World) => unknown;
  /** Whether it is asked over sockets. */
  readonly sockets?: true;
  /** Whether there is a Redis. */
  readonly redis?: true;
}
