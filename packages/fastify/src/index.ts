import type * as http from "@sluice/core/http";
import type * as fastify from "fastify";

import {
  defaultHook,
  gateOf,
  type Handler,
  handlerOf,
  type RateLimitOptions,
  replace,
} from "./handler.ts";

export type { Answer, RateLimitOptions } from "./handler.ts";

/** Options of the plugin. */
export interface PluginOptions extends RateLimitOptions {
  /** When requests are decided. Default: `"preHandler"` where a subject or a cost is given, as these may read the body or what authentication left; else `"onRequest"`. */
  readonly hook?: "onRequest" | "preValidation" | "preHandler" | undefined;
  /** Whether routes without a `config.rateLimit` are limited as well, and what no route answers. Default: true. */
  readonly global?: boolean | undefined;
}

/** What `request.rateLimit` is. */
export type RequestState = http.RequestState;

declare module "fastify" {
  interface FastifyRequest {
    /** What `rateLimit` decided, and the lease of an allowed request. */
    rateLimit?: RequestState;
  }
  interface FastifyContextConfig {
    /** Options of this route in place of those of the plugin; `false` leaves it unlimited. */
    rateLimit?: RateLimitOptions | false;
  }
  interface FastifyInstance {
    /** A hook for single routes and for `setNotFoundHandler`: the plugin's options, with those given here in their place. */
    rateLimit(options?: RateLimitOptions): fastify.preHandlerHookHandler;
  }
}

/**
 * A plugin for Fastify 5: `register(rateLimit, options)`. A request passes, or is answered 429 (503 when the store cannot decide) with
 * `application/problem+json`; both with `RateLimit` headers. Without options: 60 requests a minute for each client address, by the
 * app's `trustProxy`, in memory. It holds in the context that registers it and those within. A route's `config.rateLimit` takes the
 * place of single options; without limits of its own the route is counted together with the others. The decision and the lease are
 * on `request.rateLimit`; the lease is settled when the response ends or is aborted, whatever becomes of it. Several act as one.
 * Throws `invalid-option`; a subject or a cost that cannot be used is a `SluiceError` with `status` 400.
 */
export const rateLimit: fastify.FastifyPluginAsync<PluginOptions> = Object.assign(
  async (app: fastify.FastifyInstance, options: PluginOptions): Promise<void> => {
    const { global = true, hook = defaultHook(options), ...common } = options;
    const gate = gateOf(common);
    const limit = handlerOf(gate);
    const limitAs = (own: RateLimitOptions): Handler =>
      handlerOf(gateOf(replace(common, own, gate.limiter)));
    const ofRoutes = new WeakMap<object, Handler>();
    if (!app.hasRequestDecorator("rateLimit")) app.decorateRequest("rateLimit", undefined);
    if (!app.hasDecorator("rateLimit"))
      app.decorate("rateLimit", (own) => (own ? limitAs(own) : limit));
    app.addHook("onRoute", ({ config }) => {
      if (config?.rateLimit) ofRoutes.set(config.rateLimit, limitAs(config.rateLimit));
    });
    app.addHook(
      hook,
      (request: fastify.FastifyRequest, reply: fastify.FastifyReply, next: () => void) => {
        const own = request.routeOptions.config.rateLimit;
        if (own) (ofRoutes.get(own) ?? limit)(request, reply, next);
        else if (own === undefined && global) limit(request, reply, next);
        else next();
      },
    );
  },
  {
    // What fastify-plugin does: hooks and decorators are those of the context that registers the plugin.
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "@sluice/fastify",
    [Symbol.for("plugin-meta")]: { name: "@sluice/fastify", fastify: "5.x" },
  },
);
