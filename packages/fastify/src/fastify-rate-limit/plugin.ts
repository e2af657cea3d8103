import { SluiceError } from "@sluice/core";
import type * as fastify from "fastify";

import type { Branch, Counter } from "./counter.ts";
import { decide, type Limiter, type Verdict } from "./decide.ts";
import { handlerOf } from "./handler.ts";
import { newCounter } from "./new-counter.ts";
import { normalizeIP } from "./normalize-ip.ts";
import type {
  LimiterOptions,
  Exceeded,
  StoreOptions,
  CustomStore,
  StoreClass,
  HookName,
  OwnOptions,
  PluginOptions,
} from "./options.ts";
import { defaults, settle } from "./params.ts";

declare module "fastify" {
  interface FastifyInstance<RawServer, RawRequest, RawReply, Logger, TypeProvider> {
    /** What counts a request when it is asked to, by the plugin's options with those given here in their place. */
    createRateLimit(
      options?: LimiterOptions,
    ): (req: fastify.FastifyRequest, callOptions?: { increment?: boolean }) => Promise<Verdict>;
    /** A hook for single routes and for `setNotFoundHandler`, by the plugin's options with those given here in their place. */
    rateLimit<
      RouteGeneric extends fastify.RouteGenericInterface = fastify.RouteGenericInterface,
      ContextConfig = fastify.ContextConfigDefault,
      SchemaCompiler extends fastify.FastifySchema = fastify.FastifySchema,
    >(
      options?: OwnOptions,
    ): fastify.preHandlerAsyncHookHandler<
      RawServer,
      RawRequest,
      RawReply,
      RouteGeneric,
      ContextConfig,
      SchemaCompiler,
      TypeProvider,
      Logger
    >;
  }
  interface FastifyContextConfig {
    /** Options of this route in place of those of the plugin, with a count of its own; `false` leaves it unlimited. */
    rateLimit?: OwnOptions | false;
  }
}

async function rateLimit(app: fastify.FastifyInstance, settings: PluginOptions): Promise<void> {
  const params = settle(settings, defaults);
  const { nameSpace = "fastify-rate-limit-" } = settings;
  const counter = newCounter(settings, params, nameSpace);
  const common: Limiter = { counter, params };
  const seen = new WeakSet<fastify.FastifyRequest>();
  const groups = new Map<string, Counter>();

  function counterOf(branch: Branch): Counter {
    const { own, params: ofBranch, name } = branch;
    if (own.store === undefined && own.algorithm === undefined) return counter.child(branch);
    // A store of its own is in place of the plugin's Redis too.
    const others = own.store === undefined ? settings : { ...settings, redis: undefined };
    return newCounter({ ...others, ...own }, ofBranch, `${nameSpace}${name}-`);
  }

  function limiterOf(own: OwnOptions, name: string, routeInfo: Branch["routeInfo"] = {}): Limiter {
    const ofBranch = settle(own, params);
    const { groupId } = ofBranch;
    if (!groupId)
      return { counter: counterOf({ params: ofBranch, own, name, routeInfo }), params: ofBranch };
    const ofGroup =
      groups.get(groupId) ??
      counterOf({ params: ofBranch, own, name: `group-${groupId}`, routeInfo });
    groups.set(groupId, ofGroup);
    return { counter: ofGroup, params: ofBranch };
  }

  // Counted, so that each has its own name, which is the same in every process.
  let made = 0;
  const limiterBy = (own: OwnOptions | undefined): Limiter =>
    typeof own === "object" ? limiterOf(own, `limiter-${++made}`) : common;

  if (!app.hasDecorator("createRateLimit")) {
    app.decorate("createRateLimit", (own) => {
      const limiter = limiterBy(own);
      return async (request, call) =>
        decide(limiter, request, call?.increment === false ? "look" : "each");
    });
  }
  if (!app.hasDecorator("rateLimit")) {
    app.decorate("rateLimit", (own?: OwnOptions) => handlerOf(limiterBy(own), seen));
  }
  app.addHook("onRoute", (route) => {
    const own: unknown = route.config?.rateLimit ?? undefined;
    if (own === false || (own === undefined && !params.global)) return;
    if (own !== undefined && typeof own !== "object") {
      throw new SluiceError("invalid-option", "Unknown value for route rate-limit configuration");
    }
    const limiter = own ? limiterOf(own, `${String(route.method)}${route.url}`, route) : common;
    const { hook } = limiter.params;
    // A list of its own: the route's may be that of other routes too.
    Object.assign(route, { [hook]: [route[hook] ?? [], handlerOf(limiter, seen)].flat() });
  });
}

type Plugin = fastify.FastifyPluginCallback<PluginOptions>;

/** The plugin, which is also what it exports: who requires the module gets a function. */
export type FastifyRateLimit = Plugin & {
  readonly default: Plugin;
  readonly fastifyRateLimit: Plugin;
  readonly normalizeIP: typeof normalizeIP;
};

/**
 * What `@fastify/rate-limit` 11 is: a plugin for Fastify 5 that counts requests by `max` and `timeWindow`, in this process's memory, in `redis`, or in a
 * `store`, and answers 429 when they are too many. It holds in the context that registers it and those within; a route's `config.rateLimit` takes the place
 * of single options, with a count of its own, or is `false`. What differs is in the README. Throws `invalid-option`.
 */
export const fastifyRateLimit: FastifyRateLimit = Object.assign(rateLimit, {
  default: rateLimit,
  fastifyRateLimit: rateLimit,
  normalizeIP,
  // What fastify-plugin does; the name is that which other plugins say they depend on.
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "@fastify/rate-limit",
  [Symbol.for("plugin-meta")]: { name: "@fastify/rate-limit", fastify: "5.x" },
});

export declare namespace fastifyRateLimit {
  export type FastifyRateLimitOptions = StoreOptions;
  export type errorResponseBuilderContext = Exceeded;
  export type FastifyRateLimitStoreCtor = StoreClass;
  export type FastifyRateLimitStore = CustomStore;
  export type CreateRateLimitOptions = LimiterOptions;
  export type RateLimitHook = HookName;
  export type RateLimitPluginOptions = PluginOptions;
  export type RateLimitOptions = OwnOptions;
}
