import { isIP } from "node:net";

import type { Request } from "express";

import type { Options, Store } from "./options.ts";
import { ChangeWarning, ValidationError } from "./validation-error.ts";

const usedStores = new WeakSet<Store>();
const countedKeys = new WeakMap<Request, Map<unknown, Set<string>>>();

const drafts: readonly unknown[] = ["draft-6", "draft-7", "draft-8"];

const own =
  "windowMs limit max message statusCode legacyHeaders headers standardHeaders identifier retryAfter " +
  "requestPropertyName skip skipFailedRequests skipSuccessfulRequests requestWasSuccessful " +
  "keyGenerator ipv6Subnet handler store validate passOnStoreError logger";
// The first has a check of its own; the others are of express-slow-down, which hands its options on.
const tolerated = "draft_polli_ratelimit_headers delayAfter delayMs maxDelayMs";
const sluices = "algorithm name";
const knownNames: ReadonlySet<string> = new Set(`${own} ${tolerated} ${sluices}`.split(" "));

/** What each check throws for what it finds; by their names in `validate`. */
export const checks = {
  ip: (ip: string | undefined): void => {
    if (ip === undefined) {
      fail("ERR_ERL_UNDEFINED_IP_ADDRESS", "req.ip is undefined: has the client left already?");
    }
    if (isIP(ip) === 0) {
      const remedy = "give a keyGenerator that makes a key of what your proxy sends";
      fail("ERR_ERL_INVALID_IP_ADDRESS", `req.ip is no address, got ${ip}: ${remedy}.`);
    }
  },
  trustProxy: ({ app }: Request): void => {
    if (app.get("trust proxy") !== true) return;
    const problem = "any client can then choose its address, and so pass any limit by address";
    fail("ERR_ERL_PERMISSIVE_TRUST_PROXY", `"trust proxy" is true: ${problem}.`);
  },
  xForwardedForHeader: ({ app, headers }: Request): void => {
    if (!headers["x-forwarded-for"] || app.get("trust proxy") !== false) return;
    const problem = "behind a proxy all clients then count as one";
    fail(
      "ERR_ERL_UNEXPECTED_X_FORWARDED_FOR",
      `a request has X-Forwarded-For, and "trust proxy" is false: ${problem}.`,
    );
  },
  forwardedHeader: ({ headers, ip, socket }: Request): void => {
    if (!headers["forwarded"] || ip !== socket?.remoteAddress) return;
    const remedy = "give a keyGenerator that reads it, if a proxy of yours sets it";
    fail("ERR_ERL_FORWARDED_HEADER", `a request has Forwarded, which nobody reads: ${remedy}.`);
  },
  positiveHits: (hits: unknown): void => {
    if (typeof hits === "number" && hits >= 1 && Number.isInteger(hits)) return;
    fail(
      "ERR_ERL_INVALID_HITS",
      `store: totalHits must be a positive integer, got ${String(hits)}.`,
    );
  },
  unsharedStore: (store: Store): void => {
    if (usedStores.has(store)) {
      const remedy = store.localKeys ? "" : ", with a prefix of its own";
      const rule = `each limiter needs a store of its own${remedy}`;
      fail("ERR_ERL_STORE_REUSE", `store: two limiters have one ${nameOf(store)}: ${rule}.`);
    }
    usedStores.add(store);
  },
  singleCount: (request: Request, store: Store, key: string): void => {
    let stores = countedKeys.get(request);
    if (stores === undefined) countedKeys.set(request, (stores = new Map()));
    const storeKey = store.localKeys ? store : nameOf(store);
    let keys = stores.get(storeKey);
    if (keys === undefined) stores.set(storeKey, (keys = new Set()));
    const prefixed = `${store.prefix ?? ""}${key}`;
    if (keys.has(prefixed))
      fail("ERR_ERL_DOUBLE_COUNT", `one request was counted twice for ${key}.`);
    keys.add(prefixed);
  },
  limit: (limit: unknown): void => {
    if (limit === 0)
      warn("WRN_ERL_MAX_ZERO", "limit: 0 refuses every request; before v7 it refused none.");
  },
  draftPolliHeaders: (given?: unknown): void => {
    if (!given) return;
    const text = 'draft_polli_ratelimit_headers is gone since v7: give standardHeaders: "draft-6".';
    warn("WRN_ERL_DEPRECATED_DRAFT_POLLI_HEADERS", text);
  },
  onLimitReached: (given?: unknown): void => {
    if (!given) return;
    const text = "onLimitReached is gone since v7: in handler, used is limit + 1 the first time.";
    warn("WRN_ERL_DEPRECATED_ON_LIMIT_REACHED", text);
  },
  headersDraftVersion: (version?: unknown): void => {
    if (drafts.includes(version)) return;
    const text = `standardHeaders must be a boolean or of ${drafts.join(", ")}.`;
    fail("ERR_ERL_HEADERS_UNSUPPORTED_DRAFT_VERSION", text);
  },
  headersResetTime: (resetTime?: Date): void => {
    if (resetTime) return;
    const text = "store: there is no resetTime, so the headers tell the whole window.";
    fail("ERR_ERL_HEADERS_NO_RESET", text);
  },
  knownOptions: (given?: object): void => {
    const unknown = Object.keys(given ?? {}).find((name) => !knownNames.has(name));
    if (unknown !== undefined) fail("ERR_ERL_UNKNOWN_OPTION", `there is no option ${unknown}.`);
  },
  validationsConfig: (enabled: object): void => {
    const names = [...Object.keys(checks), "default"];
    const unknown = Object.keys(enabled).find((name) => !names.includes(name));
    if (unknown === undefined) return;
    fail("ERR_ERL_UNKNOWN_VALIDATION", `validate.${unknown} is none of ${names.join(", ")}.`);
  },
  creationStack: (store: Store): void => {
    // What express 4 and 5 call a handler from.
    const { stack = "" } = new Error("where this was called");
    const isInHandler = /Layer\.(?:handle \[as handle_request\]|handleRequest)/.test(stack);
    if (!isInHandler) return;
    const rule = store.localKeys ? "must" : "should";
    const text = `rateLimit() ${rule} be called once, when the app is made, and was in a handler.`;
    fail("ERR_ERL_CREATED_IN_REQUEST_HANDLER", text);
  },
  ipv6Subnet: (subnet?: unknown): void => {
    if (subnet === false) return;
    if (Number.isInteger(subnet) && Number(subnet) >= 32 && Number(subnet) <= 64) return;
    fail(
      "ERR_ERL_IPV6_SUBNET",
      `ipv6Subnet must be an integer from 32 to 64, got ${String(subnet)}.`,
    );
  },
  ipv6SubnetOrKeyGenerator: ({ ipv6Subnet, keyGenerator }: Partial<Options>): void => {
    if (ipv6Subnet === undefined || !keyGenerator) return;
    const text = "ipv6Subnet is of no use with a keyGenerator: hand it to ipKeyGenerator there.";
    fail("ERR_ERL_IPV6SUBNET_OR_KEYGENERATOR", text);
  },
  keyGeneratorIpFallback: (keyGenerator?: unknown): void => {
    const source = typeof keyGenerator === "function" ? String(keyGenerator) : "";
    if (!/req(?:uest)?\.ip/.test(source) || source.includes("ipKeyGenerator")) return;
    const text =
      "keyGenerator uses an address as it is, of which an IPv6 client has many: wrap it in ipKeyGenerator().";
    fail("ERR_ERL_KEY_GEN_IPV6", text);
  },
  windowMs: (windowMs: unknown): void => {
    if (typeof windowMs === "number" && windowMs >= 1 && windowMs <= 8.64e15) return;
    const kind = typeof windowMs === "number" ? "" : `, a ${typeof windowMs}`;
    fail(
      "ERR_ERL_WINDOW_MS",
      `windowMs must be a number of at least 1, got ${String(windowMs)}${kind}.`,
    );
  },
};

function nameOf(store: Store): string {
  return store.constructor.name;
}

function fail(code: string, message: string): never {
  throw new ValidationError(code, message);
}

function warn(code: string, message: string): never {
  throw new ChangeWarning(code, message);
}
