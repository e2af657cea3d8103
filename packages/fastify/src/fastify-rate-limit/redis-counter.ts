import { createHash } from "node:crypto";

import { failOption, SluiceError } from "@sluice/core";

import { type Counted, type Counter, oncePerRequest, type Terms } from "./counter.ts";

/** What is needed of a client of ioredis or iovalkey. */
interface RedisClient {
  evalsha(sha: string, keys: number, ...rest: (string | number)[]): Promise<unknown>;
  eval(source: string, keys: number, ...rest: (string | number)[]): Promise<unknown>;
  readonly status?: string;
  readonly options?: { readonly enableOfflineQueue?: boolean };
  connect?(): Promise<unknown>;
  once?(event: "ready", listener: () => void): unknown;
}

// KEYS: the count. ARGV: the window in milliseconds, the most, what a request beyond it does to the window.
// Reply: the count, and the milliseconds that it is kept. What would fail is not begun: a count must not stay without an end.
const counting = scriptOf(`
local window, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local left = redis.call("PTTL", KEYS[1])
if left == -2 then
  if window > 0 then redis.call("SET", KEYS[1], 1, "PX", window) end
  return {1, window}
end
local count = redis.call("INCR", KEYS[1])
local renewed
if left == -1 then
  renewed = window
elseif ARGV[3] == "renew" and count > most then
  renewed = window
elseif ARGV[3] == "backoff" and count > most then
  renewed = math.min(window * 2 ^ (count - most - 1), 2 ^ 53 - 1)
end
if renewed then redis.call("PEXPIRE", KEYS[1], renewed) end
return {count, renewed or left}
`);

const reading = scriptOf(`
local count = redis.call("GET", KEYS[1])
if not count then return {0, 0} end
return {tonumber(count), math.max(redis.call("PTTL", KEYS[1]), 0)}
`);

interface Script {
  readonly source: string;
  readonly sha: string;
}

function scriptOf(source: string): Script {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}

/**
 * Counts in Redis, at the keys and with the values that `@fastify/rate-limit` has there. A request waits `deadlineMs` for an answer at most, and
 * is not sent before there is a connection. Throws `invalid-option`.
 */
export function redisCounter(redis: unknown, prefix: string, deadlineMs = 1_000): Counter {
  const client = isRedisClient(redis)
    ? redis
    : failOption("redis", "a client of ioredis or iovalkey", redis);
  if (!Number.isSafeInteger(deadlineMs) || deadlineMs < 1 || deadlineMs > 60_000) {
    failOption("deadlineMs", "a whole number from 1 to 60000", deadlineMs);
  }

  async function ask(script: Script, ...args: (string | number)[]): Promise<Counted> {
    const reply = await new Promise((resolve, reject) => {
      const send = (): void => void run(client, script, args).then(resolve, reject).finally(stop);
      const timer = setTimeout(() => {
        forget(client, send);
        reject(new SluiceError("store-failed", `redis did not answer within ${deadlineMs} ms`));
      }, deadlineMs);
      const stop = (): void => clearTimeout(timer);
      whenReady(client, send);
    });
    if (!Array.isArray(reply)) throw new SluiceError("invalid-reply", "redis: no pair of numbers");
    return { current: Number(reply[0]), ttl: Number(reply[1]) };
  }

  return {
    count(key, terms, request) {
      const name = `${prefix}${String(key)}`;
      const window = Math.ceil(terms.timeWindow);
      return oncePerRequest(client, request, name, () =>
        ask(counting, name, window, terms.max, beyond(terms)),
      );
    },
    read: (key) => ask(reading, `${prefix}${String(key)}`),
    child: ({ name }) => redisCounter(client, `${prefix}${name}-`, deadlineMs),
  };
}

function beyond({ continueExceeding, exponentialBackoff }: Terms): string {
  if (continueExceeding) return "renew";
  return exponentialBackoff ? "backoff" : "";
}

async function run(client: RedisClient, { source, sha }: Script, args: (string | number)[]) {
  try {
    return await client.evalsha(sha, 1, ...args);
  } catch (error) {
    if (error instanceof Error && error.message.includes("NOSCRIPT")) {
      return client.eval(source, 1, ...args);
    }
    throw error;
  }
}

const waiting = new WeakMap<RedisClient, Set<() => void>>();

/** Calls `send` when commands can be sent: what the client would queue meanwhile would be counted long after its request was answered. */
function whenReady(client: RedisClient, send: () => void): void {
  const { status = "ready", options } = client;
  const isQueueing =
    status !== "ready" && status !== "end" && options?.enableOfflineQueue !== false;
  if (!isQueueing || client.once === undefined) return send();
  const others = waiting.get(client);
  if (others !== undefined) return void others.add(send);
  const all = new Set([send]);
  waiting.set(client, all);
  client.once("ready", () => {
    waiting.delete(client);
    for (const one of all) one();
  });
  // It connects at its first command, which is this one; what becomes of that is told by its events.
  if (status === "wait") client.connect?.().catch(() => {});
}

function forget(client: RedisClient, send: () => void): void {
  waiting.get(client)?.delete(send);
}

function isRedisClient(client: unknown): client is RedisClient {
  if (typeof client !== "object" || client === null) return false;
  const has = (verb: string): boolean => typeof Reflect.get(client, verb) === "function";
  return has("evalsha") && has("eval");
}
