import { hitCount, type HitWindow, hitWindows, type HitWindows } from "@sluice/core/http";
import type { Env, Input } from "hono";

import type { ClientRateLimitInfo, HonoConfigType, Store, WSConfigType } from "./options.ts";

/** Options of `new MemoryStore()`. */
export type MemoryStoreOptions = {
  /**
   * The most clients kept, about 200 bytes each. When half of them come within one window, those seen least lately are forgotten
   * early, but of those that are being refused a quarter of `maxKeys` stays. Default: 1,000,000.
   */
  readonly maxKeys?: number;
};

/** Counts in this process, in a fixed window from each client's first request; the default. It has no timer. */
export class MemoryStore<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
> implements Store<E, P, I> {
  /** Never set: there is no timer. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as the contract has it
  interval?: any;
  #windowMs = Number.NaN;
  readonly #windows: HitWindows;

  constructor(options: MemoryStoreOptions = {}) {
    this.#windows = hitWindows({ ...options, windowMs: () => this.#windowMs });
  }

  /** Those seen lately. */
  get current(): Map<string, Required<ClientRateLimitInfo>> {
    return this.#windows.current;
  }

  /** Those that are forgotten next, unless they are seen again. */
  get previous(): Map<string, Required<ClientRateLimitInfo>> {
    return this.#windows.previous;
  }

  /** Takes `windowMs` from the options, for the windows that begin from now on. */
  init(options: HonoConfigType<E, P, I> | WSConfigType<E, P, I>): void {
    // It may be a text, as the environment has it.
    const windowMs: unknown = options.windowMs;
    this.#windowMs = Number(windowMs);
  }

  /** What is known of a client whose window is running. */
  get(key: string): ClientRateLimitInfo | undefined {
    const window = this.#windows.find(key);
    return window === undefined ? undefined : infoOf(window);
  }

  /** Counts one more. */
  increment(key: string): ClientRateLimitInfo {
    return hitCount(this.#windows, key, infoOf);
  }

  /** Counts one less, while the window is running. */
  decrement(key: string): void {
    const window = this.#windows.find(key);
    if (window !== undefined && window.totalHits > window.refused) window.totalHits--;
  }

  /** Forgets a client. */
  resetKey(key: string): void {
    this.#windows.forget(key);
  }

  /** Forgets all. */
  resetAll(): void {
    this.#windows.clear();
  }

  /** Forgets all. */
  shutdown(): void {
    this.#windows.clear();
  }
}

function infoOf({ totalHits, resetTime }: HitWindow): ClientRateLimitInfo {
  return { totalHits, resetTime: new Date(resetTime) };
}
