import rateLimit, {
  type CreateRateLimitOptions,
  type errorResponseBuilderContext,
  fastifyRateLimit,
  type FastifyRateLimitOptions,
  type FastifyRateLimitStore,
  type FastifyRateLimitStoreCtor,
  normalizeIP,
  type RateLimitHook,
  type RateLimitOptions,
  type RateLimitPluginOptions,
} from "@fastify/rate-limit";
import fastify, {
  type FastifyContextConfig,
  type FastifyInstance,
  type FastifyRequest,
  type preHandlerAsyncHookHandler,
  type RouteOptions,
} from "fastify";
import { Redis } from "ioredis";

declare module "@fastify/rate-limit" {
  interface FastifyRateLimitOptions {
    table?: string;
  }
}

/** A store as they are written. */
class OwnStore implements FastifyRateLimitStore {
  readonly options: FastifyRateLimitOptions;
  current = 0;
  constructor(options: FastifyRateLimitOptions) {
    this.options = options;
  }
  incr(
    key: string,
    callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
    timeWindow: number,
    max: number,
  ): void {
    if (key === "") callback(new Error("no key"));
    else callback(null, { current: Math.min(++this.current, max), ttl: timeWindow });
  }
  child(routeOptions: RouteOptions & { path: string; prefix: string }): OwnStore {
    return new OwnStore({ ...this.options, ...routeOptions });
  }
}
const storeClass: FastifyRateLimitStoreCtor = OwnStore;

export const madeStore: FastifyRateLimitStore = new storeClass({ table: "counts" });

const hooks: RateLimitHook[] = ["onRequest", "preParsing", "preValidation", "preHandler"];
const told = (request: FastifyRequest, key: string): void => request.log.info(key);

const ofLimiter: CreateRateLimitOptions = {
  store: storeClass,
  skipOnError: true,
  max: async (request: FastifyRequest, key: string) => key.length + request.url.length,
  timeWindow: "1 minute",
  allowList: async (_request: FastifyRequest, key: string) => key === "me",
  keyGenerator: async (request) => request.ip,
  ipv6Subnet: 56,
  ban: 3,
};

const ofRoute: RateLimitOptions = {
  ...ofLimiter,
  max: (_request, key) => key.length,
  timeWindow: (_request, _key) => 1_000,
  allowList: ["127.0.0.1"],
  keyGenerator: () => 1,
  hook: hooks[0]!,
  cache: 10,
  continueExceeding: true,
  exponentialBackoff: false,
  groupId: "OTP",
  onBanReach: told,
  onExceeding: told,
  onExceeded: told,
  enableDraftSpec: true,
  errorResponseBuilder: (request: FastifyRequest, context: errorResponseBuilderContext) => {
    const { statusCode, ban, after, max, ttl } = context;
    return {
      statusCode,
      ban,
      message: `${after.trim()} ${max.toFixed()} ${ttl.toFixed()}`,
      at: request.url,
    };
  },
};

const ofPlugin: RateLimitPluginOptions = {
  ...ofRoute,
  global: true,
  redis: new Redis(),
  nameSpace: "mine-",
  addHeaders: {
    "x-ratelimit-limit": true,
    "x-ratelimit-remaining": false,
    "x-ratelimit-reset": true,
    "retry-after": false,
  },
  addHeadersOnExceeding: {
    "x-ratelimit-limit": true,
    "x-ratelimit-remaining": true,
    "x-ratelimit-reset": false,
  },
};
const byDraft: RateLimitPluginOptions = {
  addHeaders: {
    "ratelimit-limit": true,
    "ratelimit-remaining": true,
    "ratelimit-reset": true,
    "retry-after": true,
  },
  addHeadersOnExceeding: {
    "ratelimit-limit": true,
    "ratelimit-remaining": true,
    "ratelimit-reset": true,
  },
};
// The same by the plugin's own name.
const byName: rateLimit.RateLimitPluginOptions = { max: 1 } satisfies rateLimit.RateLimitOptions;
const context = {} as rateLimit.errorResponseBuilderContext;
const ban: boolean = context.ban;

export async function build(app: FastifyInstance = fastify()): Promise<FastifyInstance> {
  await app.register(rateLimit, ofPlugin);
  await app.register(fastifyRateLimit, byDraft);
  await app.register(rateLimit.fastifyRateLimit, byName);
  await app.register(import("@fastify/rate-limit"), { max: 100, timeWindow: "1 minute" });
  app.register(rateLimit, { max: 3, redis: { anything: ban } });
  rateLimit(app, {}, () => {});

  const check: (
    request: FastifyRequest,
    callOptions?: { increment?: boolean },
  ) => Promise<unknown> = app.createRateLimit(ofLimiter);
  const look = app.createRateLimit();
  const hook: preHandlerAsyncHookHandler = app.rateLimit(ofRoute);

  app.get("/", { config: { rateLimit: ofRoute } }, async (request) => {
    const answer = await look(request, { increment: false });
    await check(request);
    if (answer.isAllowed) return { key: answer.key.trim() };
    const { key, max, timeWindow, remaining, ttl, ttlInSeconds, isExceeded, isBanned } = answer;
    const numbers: number[] = [max, timeWindow, remaining, ttl, ttlInSeconds];
    const truths: boolean[] = [isExceeded, isBanned];
    return { key: normalizeIP(key, 64), numbers, truths };
  });
  app.addHook("onClose", async () => ofPlugin.redis.quit());
  app.get("/free", { config: { rateLimit: false } }, () => "free");
  app.get("/hooked", { preHandler: [hook, app.rateLimit()] }, () => "hooked");
  app.setNotFoundHandler({ preHandler: app.rateLimit({ max: 4, timeWindow: 500 }) }, () => "none");

  const own: FastifyContextConfig[] = [{ rateLimit: ofRoute }, { rateLimit: false }, {}];
  // @ts-expect-error -- a route's options are an object or false
  own.push({ rateLimit: true });
  // @ts-expect-error -- a group is named by a text
  await app.register(rateLimit, { groupId: 7 });
  // @ts-expect-error -- a hook is one of four
  await app.register(rateLimit, { hook: "onSend" });
  // @ts-expect-error -- a store is a class
  await app.register(rateLimit, { store: new OwnStore({}) });
  // @ts-expect-error -- a header is switched by its name
  await app.register(rateLimit, { addHeaders: { "x-limit": true } });
  return app;
}
