import type { Env, Input } from "hono";

import type { ClientRateLimitInfo, HonoConfigType, Store } from "./options.ts";

/** What is asked of a storage, as unstorage has it. */
export type UnstorageInstance = {
  // oxlint-disable-next-line typescript/no-explicit-any -- as the contract has it
  get: (key: string) => Promise<any>;
  // oxlint-disable-next-line typescript/no-explicit-any -- as the contract has it
  set: (key: string, value: any, options?: { ttl?: number }) => Promise<void>;
  remove: (key: string) => Promise<void>;
};

/**
 * Counts in a storage of unstorage's, in a fixed window from a client's first request. Each count reads and then writes: one
 * after another in this process, but processes that share a storage may lose each other's. Drivers that know `ttl`, in seconds,
 * forget a client once its window has ended.
 */
export class UnstorageStore<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> implements Store<E, P, I> {
  windowMs!: number;
  prefix: string;
  storage: UnstorageInstance;
  /** The last thing that is being done for a key, which does not fail; as many as there are requests. */
  readonly #doing = new Map<string, Promise<unknown>>();

  constructor({ storage, prefix = "hrl:" }: { storage: UnstorageInstance; prefix?: string }) {
    this.storage = storage;
    this.prefix = prefix;
  }

  /** The key in the storage. */
  prefixKey(key: string): string {
    return `${this.prefix}${key}`;
  }

  /** Takes `windowMs` from the options. */
  init(options: HonoConfigType<E, P, I>): void {
    this.windowMs = options.windowMs;
  }

  /** What is known of a client whose window is running. */
  async get(key: string): Promise<ClientRateLimitInfo | undefined> {
    const stored: unknown = await this.storage.get(this.prefixKey(key));
    const record: unknown = typeof stored === "string" ? JSON.parse(stored) : stored;
    if (typeof record !== "object" || record === null) return undefined;
    if (!("totalHits" in record && "resetTime" in record)) return undefined;
    const { totalHits, resetTime } = record;
    const endsAt = resetTime instanceof Date ? resetTime : new Date(String(resetTime));
    if (!(endsAt.getTime() > Date.now())) return undefined;
    return { totalHits: Number(totalHits), resetTime: endsAt };
  }

  /** Counts one more, in the running window or in a new one. */
  async increment(key: string): Promise<ClientRateLimitInfo> {
    return this.#inTurn(key, async () => {
      const { totalHits = 0, resetTime = new Date(Date.now() + this.windowMs) } =
        (await this.get(key)) ?? {};
      return this.#write(key, { totalHits: totalHits + 1, resetTime });
    });
  }

  /** Counts one less, while the window is running. */
  async decrement(key: string): Promise<void> {
    await this.#inTurn(key, async () => {
      const { totalHits = 0, resetTime } = (await this.get(key)) ?? {};
      if (resetTime !== undefined && totalHits > 0) {
        await this.#write(key, { totalHits: totalHits - 1, resetTime });
      }
    });
  }

  /** Forgets a client. */
  async resetKey(key: string): Promise<void> {
    await this.storage.remove(this.prefixKey(key));
  }

  async #write(
    key: string,
    info: Required<ClientRateLimitInfo>,
  ): Promise<Required<ClientRateLimitInfo>> {
    const ttl = Math.max(1, Math.ceil((info.resetTime.getTime() - Date.now()) / 1000));
    await this.storage.set(this.prefixKey(key), JSON.stringify(info), { ttl });
    return info;
  }

  async #inTurn<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#doing.get(key) ?? Promise.resolve();
    const done = before.then(task);
    const last = done.catch(() => {});
    this.#doing.set(key, last);
    try {
      return await done;
    } finally {
      if (this.#doing.get(key) === last) this.#doing.delete(key);
    }
  }
}
