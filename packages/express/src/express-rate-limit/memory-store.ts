import { hitCount, type HitWindow, hitWindows, type HitWindows } from "@sluice/core/http";

import type { Client, ClientRateLimitInfo, Options, Store } from "./options.ts";

/** Options of `new MemoryStore()`. */
export type MemoryStoreOptions = {
  /**
   * The most clients kept, about 200 bytes each. When half of them come within one window, those seen least lately are forgotten
   * early, but of those that are being refused a quarter of `maxKeys` stays. Default: 1,000,000.
   */
  readonly maxKeys?: number;
};

/** Counts in this process, in a fixed window from each client's first request; the default. It has no timer. */
export class MemoryStore implements Store {
  /** The length of the window, in milliseconds. */
  windowMs!: number;
  /** Never set: there is no timer. */
  interval?: NodeJS.Timeout;
  /** Its keys are its own. */
  localKeys: boolean = true;
  readonly #windows: HitWindows;

  constructor(options: MemoryStoreOptions = {}) {
    this.#windows = hitWindows({ ...options, windowMs: () => this.windowMs });
  }

  /** Those seen lately. */
  get current(): Map<string, Client> {
    return this.#windows.current;
  }

  /** Those that are forgotten next, unless they are seen again. */
  get previous(): Map<string, Client> {
    return this.#windows.previous;
  }

  /** Takes `windowMs` from the options, for the windows that begin from now on. */
  init(options: Options): void {
    // It may be a text, as the environment has it.
    const windowMs: unknown = options.windowMs;
    this.windowMs = Number(windowMs);
  }

  /** What is known of a client whose window is running. */
  async get(key: string): Promise<ClientRateLimitInfo | undefined> {
    const window = this.#windows.find(key);
    return window === undefined ? undefined : infoOf(window);
  }

  /** Counts one more. */
  async increment(key: string): Promise<ClientRateLimitInfo> {
    return hitCount(this.#windows, key, infoOf);
  }

  /** Counts one less, while the window is running. */
  async decrement(key: string): Promise<void> {
    const window = this.#windows.find(key);
    if (window !== undefined && window.totalHits > window.refused) window.totalHits--;
  }

  /** Forgets a client. */
  async resetKey(key: string): Promise<void> {
    this.#windows.forget(key);
  }

  /** Forgets all. */
  async resetAll(): Promise<void> {
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
