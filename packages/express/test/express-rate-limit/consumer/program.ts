// A program against the types of express-rate-limit: every export, every option, every way to write them.
import express, { type Request, type Response } from "express";
import rateLimitByDefault, {
  type AugmentedRequest,
  type Client,
  type ClientRateLimitInfo,
  DAY,
  type DraftHeadersVersion,
  type EnabledValidations,
  HOUR,
  type IncrementCallback,
  type IncrementResponse,
  ipKeyGenerator,
  type LegacyStore,
  type Logger,
  type LoggerFn,
  MemoryStore,
  MINUTE,
  type Options,
  rateLimit,
  type RateLimitExceededEventHandler,
  type RateLimitInfo,
  type RateLimitReachedEventHandler,
  type RateLimitRequestHandler,
  SECOND,
  type Store,
  type Validations,
  type ValueDeterminingMiddleware,
} from "express-rate-limit";

export const windowMs: number = DAY + HOUR + MINUTE + SECOND;

const log: LoggerFn = (error: unknown, message?: string) => void [error, message];
const logger: Logger = { error: log, warn: log };
const limit: ValueDeterminingMiddleware<number> = async (req: Request, res: Response) =>
  res.headersSent || req.path === "/" ? 1 : 2;
const handler: RateLimitExceededEventHandler = (req, res, next, options) => {
  const { rateLimit: info } = req as AugmentedRequest;
  const { used, remaining, resetTime, key }: RateLimitInfo = info!;
  if (used === info!.limit + 1) next(new Error(`${key}: ${remaining} ${resetTime?.getTime()}`));
  const given: Options["store"] = options.store;
  res.status(options.statusCode).send([options.message, options.windowMs, "increment" in given]);
};
const reached: RateLimitReachedEventHandler = (_req, _res, { limit: most }) => void most;
const drafts: readonly DraftHeadersVersion[] = ["draft-6", "draft-7", "draft-8"];
const validate: EnabledValidations = {
  default: true,
  ip: false,
  trustProxy: true,
  xForwardedForHeader: false,
  forwardedHeader: true,
  positiveHits: true,
  unsharedStore: true,
  singleCount: true,
  limit: true,
  draftPolliHeaders: true,
  onLimitReached: true,
  headersDraftVersion: true,
  headersResetTime: true,
  knownOptions: true,
  validationsConfig: true,
  creationStack: false,
  ipv6Subnet: true,
  ipv6SubnetOrKeyGenerator: true,
  keyGeneratorIpFallback: true,
  windowMs: true,
};
export const checkNames = (validations: Validations): string[] => {
  validations.disable();
  validations.windowMs(1);
  return Object.keys(validations.enabled);
};

/** Another's store, as a class. */
export class OwnStore implements Store {
  windowMs = 0;
  prefix = "own:";
  localKeys = false;
  readonly clients = new Map<string, Client>();
  init(options: Options): void {
    this.windowMs = options.windowMs;
  }
  async get(key: string): Promise<ClientRateLimitInfo | undefined> {
    return this.clients.get(key);
  }
  async increment(key: string): Promise<IncrementResponse> {
    const client = this.clients.get(key) ?? { totalHits: 0, resetTime: new Date() };
    client.totalHits++;
    return client;
  }
  async decrement(key: string): Promise<void> {
    this.clients.delete(key);
  }
  async resetKey(key: string): Promise<void> {
    this.clients.delete(key);
  }
  async resetAll(): Promise<void> {
    this.clients.clear();
  }
  shutdown(): void {
    this.clients.clear();
  }
}

/** One that answers at once, as an object. */
export const plainStore: Store = {
  increment: () => ({ totalHits: 1, resetTime: undefined }),
  decrement() {},
  resetKey() {},
};

/** One of callbacks. */
export const legacyStore: LegacyStore = {
  incr(_key: string, callback: IncrementCallback) {
    callback(undefined, 1, new Date());
    callback(new Error("down"), 0, undefined);
  },
  decrement() {},
  resetKey() {},
  resetAll() {},
};

const all: Partial<Options> = {
  windowMs,
  limit,
  max: 5,
  message: { error: "slow down" },
  statusCode: 429,
  legacyHeaders: false,
  headers: false,
  standardHeaders: drafts[2]!,
  identifier: async (req) => req.path,
  retryAfter: (_req, res) => (res.headersSent ? 1 : 2),
  requestPropertyName: "quota",
  skipFailedRequests: true,
  skipSuccessfulRequests: false,
  keyGenerator: (req) => ipKeyGenerator(req.ip ?? "", 64),
  ipv6Subnet: 56,
  handler,
  skip: async (req) => req.method === "OPTIONS",
  requestWasSuccessful: (_req, res) => res.statusCode < 500,
  store: new OwnStore(),
  validate,
  passOnStoreError: true,
  logger,
};

const memory = new MemoryStore();
memory.localKeys = true;
export const sizes: number[] = [memory.current.size, memory.previous.size, memory.windowMs];
export const timer: NodeJS.Timeout | undefined = memory.interval;

export const limiter: RateLimitRequestHandler = rateLimit(all);
export const make: (options?: Partial<Options>) => RateLimitRequestHandler = rateLimit;
export const app = express();
app.use(limiter);
app.use("/api/", rateLimitByDefault({ max: async () => 2, message: async () => "no" }));
app.post(
  "/login",
  rateLimit({ store: legacyStore, validate: false, ipv6Subnet: false }),
  reachedBy,
);
app.get("/plain", rateLimit({ store: plainStore, standardHeaders: true, ipv6Subnet: () => 64 }));
app.get("/memory", rateLimit({ store: memory, identifier: "name", retryAfter: 3 }));

function reachedBy(req: Request, res: Response): void {
  limiter.resetKey(ipKeyGenerator("::1", false));
  reached(req, res, all as Options);
}

/** What is known of a client. */
export async function known(key: string): Promise<[number, Date | undefined] | undefined> {
  const info = await limiter.getKey(key);
  await memory.increment(key);
  const { totalHits } = await memory.increment(key);
  await memory.decrement(key);
  memory.init(all as Options);
  await memory.resetKey(key);
  await memory.resetAll();
  memory.shutdown();
  return info && [info.totalHits + totalHits, (await memory.get(key))?.resetTime];
}
