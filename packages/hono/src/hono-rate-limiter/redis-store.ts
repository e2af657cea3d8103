import type { Env, Input } from "hono";

import type { ClientRateLimitInfo, HonoConfigType, Store } from "./options.ts";
import { decrementScript, getScript, incrementScript } from "./redis-scripts.ts";

/** What is asked of a client, as @upstash/redis has it. */
export type RedisClient = {
  scriptLoad: (script: string) => Promise<string>;
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as the contract has it
  evalsha: <TArgs extends unknown[], TData = unknown>(
    sha1: string,
    keys: string[],
    args: TArgs,
  ) => Promise<TData>;
  decr: (key: string) => Promise<number>;
  del: (key: string) => Promise<number>;
};

type Data = boolean | number | string;

/** What Redis replies. */
export type RedisReply = Data | Data[];

/** Options of `new RedisStore()`. */
export type Options = {
  client: RedisClient;
  /** What is put before keys. Default: `"hrl:"`. */
  readonly prefix?: string;
  /** Whether each request begins the window anew. Default: false. */
  readonly resetExpiryOnChange?: boolean;
};

/**
 * Counts on Redis, in a fixed window from a client's first request, each count in one script. It works as soon as the server
 * does, whatever it was before, and leaves no key that does not expire.
 */
export class RedisStore<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> implements Store<E, P, I> {
  prefix: string;
  resetExpiryOnChange: boolean;
  client: RedisClient;
  windowMs!: number;
  /** The scripts' names on the server; asked for again when one is unknown there. */
  incrementScriptSha: Promise<string>;
  getScriptSha: Promise<string>;
  decrementScriptSha: Promise<string>;

  constructor({ client, prefix = "hrl:", resetExpiryOnChange = false }: Options) {
    this.client = client;
    this.prefix = prefix;
    this.resetExpiryOnChange = resetExpiryOnChange;
    this.incrementScriptSha = this.loadIncrementScript();
    this.getScriptSha = this.loadGetScript();
    this.decrementScriptSha = this.loadDecrementScript();
    // Whoever needs one hears of it.
    for (const sha of [this.incrementScriptSha, this.getScriptSha, this.decrementScriptSha]) {
      sha.catch(() => {});
    }
  }

  /** Loads what counts one more. */
  async loadIncrementScript(): Promise<string> {
    return this.#load(incrementScript);
  }

  /** Loads what tells of a client. */
  async loadGetScript(): Promise<string> {
    return this.#load(getScript);
  }

  /** Loads what counts one less. */
  async loadDecrementScript(): Promise<string> {
    return this.#load(decrementScript);
  }

  /** Counts one more; the script is loaded again where it is unknown. */
  async retryableIncrement(key: string): Promise<RedisReply> {
    const args = [this.resetExpiryOnChange ? "1" : "0", this.windowMs.toString()];
    return this.#run("incrementScriptSha", async () => this.loadIncrementScript(), key, args);
  }

  /** Counts one less; the script is loaded again where it is unknown. */
  async retryableDecrement(key: string): Promise<RedisReply> {
    return this.#run("decrementScriptSha", async () => this.loadDecrementScript(), key, []);
  }

  /** The key on the server. */
  prefixKey(key: string): string {
    return `${this.prefix}${key}`;
  }

  /** Takes `windowMs` from the options. */
  init(options: HonoConfigType<E, P, I>): void {
    this.windowMs = options.windowMs;
  }

  /** What is known of a client whose window is running. */
  async get(key: string): Promise<ClientRateLimitInfo | undefined> {
    const load = async (): Promise<string> => this.loadGetScript();
    const info = infoOf(await this.#run("getScriptSha", load, key, []));
    return info.totalHits === 0 ? undefined : info;
  }

  /** Counts one more. */
  async increment(key: string): Promise<ClientRateLimitInfo> {
    return infoOf(await this.retryableIncrement(key));
  }

  /** Counts one less, while the window is running. */
  async decrement(key: string): Promise<void> {
    await this.retryableDecrement(key);
  }

  /** Forgets a client. */
  async resetKey(key: string): Promise<void> {
    await this.client.del(this.prefixKey(key));
  }

  async #load(script: string): Promise<string> {
    const sha: unknown = await this.client.scriptLoad(script);
    if (typeof sha === "string") return sha;
    throw new TypeError("RedisStore: scriptLoad must answer a string");
  }

  /** Only what cannot have run is run again: a request whose reply was lost may have been counted. */
  async #run(
    sha: "incrementScriptSha" | "getScriptSha" | "decrementScriptSha",
    load: () => Promise<string>,
    key: string,
    args: string[],
  ): Promise<RedisReply> {
    const keys = [this.prefixKey(key)];
    const loaded = await this[sha].catch(() => undefined);
    if (loaded !== undefined) {
      try {
        return await this.client.evalsha<string[], RedisReply>(loaded, keys, args);
      } catch (error) {
        if (!String(error).includes("NOSCRIPT")) throw error;
      }
    }
    this[sha] = load();
    return this.client.evalsha<string[], RedisReply>(await this[sha], keys, args);
  }
}

/** Hits and the milliseconds that are left. */
function infoOf(reply: RedisReply): Required<ClientRateLimitInfo> {
  const [totalHits, leftMs] = Array.isArray(reply) ? reply.map(Number) : [];
  if (totalHits === undefined || leftMs === undefined) {
    throw new TypeError("RedisStore: evalsha must answer two numbers");
  }
  return { totalHits, resetTime: new Date(Date.now() + leftMs) };
}
