// A program against the types of hono-rate-limiter: every export, every option, every way to write them.
import { Hono } from "hono";
import type { Context, MiddlewareHandler } from "hono";
import {
  type ClientRateLimitInfo,
  type CloudflareConfigProps,
  type CloudflareConfigType,
  type ConfigProps,
  type ConfigType,
  type HonoConfigProps,
  type HonoConfigType,
  MemoryStore,
  type Options,
  type Promisify,
  type RateLimitExceededEventHandler,
  type RateLimitInfo,
  rateLimiter,
  type RedisClient,
  type RedisReply,
  RedisStore,
  type Store,
  type UnstorageInstance,
  UnstorageStore,
  webSocketLimiter,
  type WSConfigProps,
  type WSConfigType,
  type WSRateLimitExceededEventHandler,
  type WSStatusCode,
} from "hono-rate-limiter";
import type { WSContext, WSEvents } from "hono/ws";

interface Environment {
  Bindings: { LIMIT: { limit: (options: { key: string }) => Promise<{ success: boolean }> } };
  Variables: {
    rateLimit: RateLimitInfo;
    rateLimitStore: Pick<Store<Environment>, "resetKey"> & { getKey?: Store<Environment>["get"] };
  };
}

/** Another's store, as a class. */
export class OwnStore implements Store<Environment> {
  windowMs = 0;
  prefix = "own:";
  localKeys = false;
  readonly clients = new Map<string, ClientRateLimitInfo>();
  init(options: HonoConfigType<Environment>): void {
    this.windowMs = options.windowMs;
  }
  get(key: string): Promisify<ClientRateLimitInfo | undefined> {
    return this.clients.get(key);
  }
  async increment(key: string): Promise<ClientRateLimitInfo> {
    const client = this.clients.get(key) ?? { totalHits: 0, resetTime: new Date() };
    client.totalHits++;
    return client;
  }
  async decrement(key: string): Promise<void> {
    this.clients.delete(key);
  }
  resetKey(key: string): void {
    this.clients.delete(key);
  }
  async resetAll(): Promise<void> {
    this.clients.clear();
  }
  shutdown(): void {
    this.clients.clear();
  }
}

/** One that is the least there may be, for any app. */
export const plainStore: Store = {
  increment: () => ({ totalHits: 1 }),
  decrement() {},
  resetKey() {},
};

const refuse: RateLimitExceededEventHandler<Environment> = async (c, next, options) => {
  const { limit, used, remaining, resetTime } = c.get("rateLimit");
  await c.get("rateLimitStore").resetKey(`${limit} ${used} ${remaining} ${resetTime?.getTime()}`);
  const { message }: ConfigType<Environment> = options;
  if (typeof message === "string") c.header("X-Message", message);
  if ("windowMs" in options) c.header("X-Window", String(options.windowMs));
  await next();
};

const all: HonoConfigProps<Environment> = {
  windowMs: 60_000,
  limit: async (c) => (c.req.path === "/" ? 1 : 2),
  message: (c) => ({ error: "slow down", path: c.req.path }),
  statusCode: 429,
  standardHeaders: "draft-7",
  requestPropertyName: "rateLimit",
  requestStorePropertyName: "rateLimitStore",
  skipFailedRequests: true,
  skipSuccessfulRequests: false,
  keyGenerator: (c) => c.req.header("x-key") ?? "",
  handler: refuse,
  skip: async (c) => c.req.method === "OPTIONS",
  requestWasSuccessful: (c) => c.res.status < 500,
  store: new OwnStore(),
};

const edge: CloudflareConfigProps<Environment> = {
  binding: (c) => c.env.LIMIT,
  keyGenerator: async (c) => c.req.path,
  message: { error: "edge" },
  statusCode: 503,
  skip: () => false,
  handler: (c, _next, options: ConfigType<Environment>) => c.text(String(options.statusCode)),
};
export const inForce = (options: CloudflareConfigType<Environment>): number => options.statusCode;
export const props: ConfigProps<Environment>[] = [all, edge];

const client: RedisClient = {
  scriptLoad: async (script: string) => script,
  evalsha: async (sha, keys, args) => [sha, keys, args] as never,
  decr: async () => 0,
  del: async () => 1,
};
const redisOptions: Options = { client, prefix: "own:", resetExpiryOnChange: true };
const redis = new RedisStore<Environment>(redisOptions);
export const reply: Promise<RedisReply> = redis.retryableIncrement("a");
export const shas: Promise<string>[] = [redis.incrementScriptSha, redis.getScriptSha];
const storage: UnstorageInstance = {
  get: async () => null,
  set: async (_key: string, _value: unknown) => {},
  remove: async () => {},
};
const kept = new UnstorageStore<Environment>({ storage, prefix: "own:" });
const memory = new MemoryStore<Environment>();
export const sizes: number[] = [memory.current.size, memory.previous.size, kept.windowMs];
export const known: ClientRateLimitInfo | undefined = memory.get("a") ?? memory.increment("a");

const limiter: MiddlewareHandler<Environment> = rateLimiter<Environment>(all);
export const app = new Hono<Environment>();
app.use(limiter);
app.use("/edge", rateLimiter(edge));
app.use(rateLimiter<Environment>({ ...all, standardHeaders: false, limit: 3, store: redis }));
app.use(rateLimiter<Environment>({ keyGenerator: () => "all", message: "no", store: kept }));
app.get("/memory", rateLimiter({ keyGenerator: (c) => c.req.path, store: memory }), (c) =>
  c.json(c.get("rateLimit").remaining),
);

const status: WSStatusCode = 1003;
const close: WSRateLimitExceededEventHandler<Environment> = (_event, ws, options) => {
  const { statusCode, message, windowMs }: WSConfigType<Environment> = options;
  ws.close(statusCode, `${message} ${windowMs}`);
};
const sockets: WSConfigProps<Environment> = {
  windowMs: 60_000,
  limit: 10,
  message: "slow down",
  statusCode: 1009,
  keyGenerator: (c) => c.req.path,
  requestPropertyName: "rateLimit",
  requestStorePropertyName: "rateLimitStore",
  skipFailedRequests: true,
  skipSuccessfulRequests: true,
  handler: close,
  skip: (_event: unknown, ws: WSContext) => ws.readyState !== 1,
  store: memory,
};

/** As `upgradeWebSocket` is given it. */
export const events: (c: Context<Environment>) => Promise<WSEvents> = webSocketLimiter<Environment>(
  {
    ...sockets,
    statusCode: status,
  },
)((c) => ({
  onMessage(_event, ws) {
    ws.send(String(c.get("rateLimit").used));
  },
}));
