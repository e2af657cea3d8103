import type { Options } from "./options.ts";

/** What a store says of a client. */
export type ClientRateLimitInfo = {
  /** Its requests in this window, refused ones too. */
  totalHits: number;
  /** When the window ends. */
  resetTime: Date | undefined;
};

/** What `increment` answers. */
export type IncrementResponse = ClientRateLimitInfo;

/** What the memory store keeps of a client. */
export type Client = { totalHits: number; resetTime: Date };

/** How a legacy store tells what it counted. */
export type IncrementCallback = (
  error: Error | undefined,
  totalHits: number,
  resetTime: Date | undefined,
) => void;

/** A store of the callback contract, which has `incr` and no `increment`. */
export type LegacyStore = {
  /** Counts one more. */
  incr: (key: string, callback: IncrementCallback) => void;
  /** Counts one less. */
  decrement: (key: string) => void;
  /** Forgets a client. */
  resetKey: (key: string) => void;
  /** Forgets all. */
  resetAll?: () => void;
};

/** Where clients are counted. All but `init` may answer at once or by a promise. */
export type Store = {
  /** Is told the options, before anything is counted; what it fails with is logged. It is asked again when a count fails after that. */
  init?: (options: Options) => void | Promise<void>;
  /** What is known of a client; for `getKey`. */
  get?: (key: string) => Promise<ClientRateLimitInfo | undefined> | ClientRateLimitInfo | undefined;
  /** Counts one more, and tells how many there are now: a positive integer. */
  increment: (key: string) => Promise<IncrementResponse> | IncrementResponse;
  /** Counts one less. */
  decrement: (key: string) => Promise<void> | void;
  /** Forgets a client. */
  resetKey: (key: string) => Promise<void> | void;
  /** Forgets all. */
  resetAll?: () => Promise<void> | void;
  /** Ends whatever the store has running. */
  shutdown?: () => Promise<void> | void;
  /** Whether its keys are its own: two such stores may count the same key for one request. */
  localKeys?: boolean;
  /** What it puts before its keys. */
  prefix?: string;
};

/** `store`, with promises in place of callbacks where it is a legacy one. Throws a `TypeError` when it is neither. */
export function modernStore(store: Store | LegacyStore): Store {
  const modern = isLegacy(store) ? promised(store) : store;
  const required = [modern.increment, modern.decrement, modern.resetKey];
  const optional = [modern.resetAll, modern.init];
  const isWhole =
    required.every((method) => typeof method === "function") &&
    optional.every((method) => method === undefined || typeof method === "function");
  if (!isWhole) {
    throw new TypeError(
      "rateLimit: store must have increment, decrement and resetKey, or the legacy incr, decrement and resetKey",
    );
  }
  return modern;
}

function isLegacy(store: Store | LegacyStore): store is LegacyStore {
  return (
    "incr" in store &&
    typeof store.incr === "function" &&
    !("increment" in store && typeof store.increment === "function")
  );
}

function promised(store: LegacyStore): Store {
  // A name of its own: that of its constructor tells apart what a request is counted by.
  class LegacyStoreAdapter implements Store {
    async increment(key: string): Promise<IncrementResponse> {
      return new Promise((resolve, reject) => {
        store.incr(key, (error, totalHits, resetTime) => {
          if (error) reject(error);
          else resolve({ totalHits, resetTime });
        });
      });
    }
    async decrement(key: string): Promise<void> {
      store.decrement(key);
    }
    async resetKey(key: string): Promise<void> {
      store.resetKey(key);
    }
    async resetAll(): Promise<void> {
      store.resetAll?.();
    }
  }
  return new LegacyStoreAdapter();
}
