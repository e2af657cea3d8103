import { type Clock, steadyClock } from "../clock.ts";
import { type Duration, durationMs } from "../duration.ts";
import { checkOptions, fail } from "../options.ts";
import { adjustCounts, blockCounts, resetCounts } from "./adjusting.ts";
import { extendLease, settleLease } from "./charging.ts";
import { decide } from "./deciding.ts";
import { checkClaims, createEngine, type Engine, enter, enterHashed, leave } from "./engine.ts";
import { batchSize, createKeys, hashClaims } from "./keys.ts";
import { include } from "./locks.ts";
import { amendCharge, receiptOf } from "./receipts.ts";
import { sweepAll } from "./room.ts";
import { touchCounts } from "./segments.ts";
import type { Claim, Outcome, StoreSize, SyncStore } from "./store.ts";
import { createTable, header, openTable, shards, type Table } from "./table.ts";

// A global of every JavaScript runtime that is not in the language's own library.
declare const crypto: { getRandomValues(array: Int32Array<ArrayBuffer>): Int32Array };

/** Options of `memoryStore()`. */
export interface MemoryStoreOptions {
  /** Default: `Date.now`. A step back neither frees nor freezes capacity: time goes on from there. */
  readonly clock?: Clock;
  /**
   * The most counts kept, one for each limit and subject with something charged; about 130 bytes each. When one more is
   * needed, idle ones go first, then of some that are looked at the one that would be idle soonest; never one that is blocked, more than
   * half full or charged by a live lease. When there is none to go, the request is refused as `"store-unavailable"`. Default: 1,000,000.
   */
  readonly maxKeys?: number;
  /**
   * The most leases kept, live or remembered; about 130 bytes each for one limit, 500 for four. A request that needs one more is
   * refused alike, unless the outcome of one that has settled can be forgotten early. Default: 100,000.
   */
  readonly maxLeases?: number;
  /**
   * How long an expired lease can still be settled, and the outcome of a caller's id is remembered once settled.
   * Default: `"10m"`.
   */
  readonly remember?: Duration;
  /**
   * `true` keeps the counts in memory that threads can share: hand the store's `buffer` to others, as `shared` of a store there. They are
   * then one exact store. The other options but `clock` are those of the first. Default: `false`.
   */
  readonly shared?: boolean | SharedArrayBuffer;
}

/** A store in this process's memory. */
export interface MemoryStore extends SyncStore {
  /** Of a shared store, what other threads open it by. */
  readonly buffer: SharedArrayBuffer | undefined;
  /** Forgets at once all that is idle. Never needed: calls that add something forget a little. */
  sweep(): void;
  size(): StoreSize & { /** Of the whole table. */ readonly bytes: number };
}

/**
 * Exact counts in this process's memory, decided at once, without timers, in one table of bytes (docs/layout.md). Memory is bounded by
 * `maxKeys` and `maxLeases`, and a count by 32 bytes for each slot of its limit's precision and for each live lease; keys are kept
 * as hashes under a secret of 64 bits. Throws `invalid-option`.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  checkOptions("memoryStore", options, ["clock", "maxKeys", "maxLeases", "remember", "shared"]);
  const { clock = Date.now, maxKeys = 1_000_000, maxLeases = 100_000, remember = "10m" } = options;
  const { shared = false } = options;
  if (typeof clock !== "function") fail("memoryStore: clock", "a function", clock);
  checkCap("maxKeys", maxKeys);
  checkCap("maxLeases", maxLeases);
  if (typeof shared !== "boolean" && !isShareable(shared)) {
    fail("memoryStore: shared", "true, or the buffer of a shared store", shared);
  }
  const rememberMs = durationMs(remember, "memoryStore: remember");
  const readClock = steadyClock(clock);

  function open(): Engine {
    const table = typeof shared === "object" ? openTable(shared) : makeTable();
    const { u32, f64 } = table;
    const keys = createKeys(u32[header.key0]! | 0, u32[header.key1]! | 0);
    return createEngine(table, keys, f64[header.remember / 2]!, readClock);
  }

  function makeTable(): Table {
    const [key0, key1] = crypto.getRandomValues(new Int32Array(2));
    const table = createTable(shared === true, key0!, key1!);
    table.u32[header.maxKeys] = maxKeys;
    table.u32[header.maxLeases] = maxLeases;
    table.f64[header.remember / 2] = rememberMs;
    return table;
  }

  // Opened late, as some edge runtimes forbid to draw a secret at start-up; what is shared must be there for others.
  let opened = shared === false ? undefined : open();

  /** Does a call on claims, with their locks. */
  function act<T>(
    claims: readonly Claim[],
    id: string | undefined,
    work: (engine: Engine, now: number) => T,
  ): T {
    const engine = (opened ??= open());
    const now = enter(engine, claims, id);
    try {
      return work(engine, now);
    } finally {
      leave(engine);
    }
  }

  return {
    get buffer() {
      return typeof shared === "object"
        ? shared
        : shared && opened?.table.buffer instanceof SharedArrayBuffer
          ? opened.table.buffer
          : undefined;
    },

    reserve(claims, lease) {
      const engine = (opened ??= open());
      const now = enter(engine, claims, lease?.id);
      // As `act` does, but for what a table of one thread can do without.
      if (!engine.table.isShared) return decide(engine, claims, 0, lease, false, now);
      try {
        return decide(engine, claims, 0, lease, false, now);
      } finally {
        leave(engine);
      }
    },

    spend(claims) {
      const engine = (opened ??= open());
      const now = enter(engine, claims);
      try {
        const outcome = decide(engine, claims, 0, undefined, false, now);
        const { verdict, atMs, replayed, expired, states } = outcome;
        const receipt =
          verdict === "allowed" ? receiptOf(engine, outcome, claims.length) : undefined;
        return { verdict, atMs, replayed, expired, states, receipt };
      } finally {
        leave(engine);
      }
    },

    amend: (claims, receipt, amendment) =>
      act(claims, undefined, (engine, now) => amendCharge(engine, claims, receipt, amendment, now)),

    reserveMany(batch) {
      const engine = (opened ??= open());
      const now = engine.readClock();
      const outcomes: Outcome[] = [];
      for (let from = 0; from < batch.length; from += batchSize) {
        decideSome(engine, batch.slice(from, from + batchSize), now, outcomes);
      }
      return outcomes;
    },

    peek: (claims) =>
      act(claims, undefined, (engine, now) => decide(engine, claims, 0, undefined, true, now)),

    extend: (claims, extension) =>
      act(claims, extension.id, (engine, now) => extendLease(engine, claims, extension, now)),

    settle: (claims, settlement) =>
      act(claims, settlement.id, (engine, now) => settleLease(engine, claims, settlement, now)),

    adjust: (claims, direction) =>
      act(claims, undefined, (engine, now) => adjustCounts(engine, claims, direction, now)),

    block: (claims, forMs) =>
      act(claims, undefined, (engine, now) => blockCounts(engine, claims, forMs, now)),

    reset: (claims) => act(claims, undefined, (engine, now) => resetCounts(engine, claims, now)),

    sweep() {
      const engine = (opened ??= open());
      const now = engine.readClock();
      for (let shard = 0; shard < shards; shard++) {
        include(engine.locked, shard);
        enterHashed(engine, 0, 0, false, now);
        sweepAll(engine.table, engine.sweep, shard);
        leave(engine);
      }
    },

    size() {
      if (opened === undefined) return { keys: 0, leases: 0, live: 0, bytes: 0 };
      const { u32, buffer } = opened.table;
      const [keys, leases, live] = [u32[header.keys]!, u32[header.leases]!, u32[header.live]!];
      return { keys, leases, live, bytes: buffer.byteLength };
    },
  };
}

/** Decides on up to 64 calls, which are hashed, and looked up, together first. */
function decideSome(
  engine: Engine,
  batch: readonly (readonly Claim[])[],
  now: number,
  outcomes: Outcome[],
): void {
  let hashes = 0;
  for (const claims of batch) {
    checkClaims(claims);
    hashClaims(engine.keys, claims, hashes);
    hashes += claims.length;
  }
  // With all locks at once: it decides on all of them or, where a shard cannot be had, on none.
  const at = enterHashed(engine, hashes, 0, false, now);
  try {
    touchCounts(engine.table, engine.keys.hashA, engine.keys.hashB, 0, hashes);
    let from = 0;
    for (const claims of batch) {
      const { verdict, atMs, replayed, expired } = decide(
        engine,
        claims,
        from,
        undefined,
        false,
        at,
      );
      const states = copyOf(engine.states, claims.length);
      outcomes.push({ verdict, atMs, replayed, expired, states });
      from += claims.length;
    }
  } finally {
    leave(engine);
  }
}

/** Each outcome of a batch has numbers of its own. */
function copyOf(states: Float64Array, claims: number): number[] {
  const copy = [states[0]!, states[1]!, states[2]!, states[3]!];
  for (let at = 4; at < claims * 4; at++) copy.push(states[at]!);
  return copy;
}

function isShareable(value: unknown): boolean {
  return typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer;
}

function checkCap(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > 2 ** 31) {
    fail(`memoryStore: ${option}`, "an integer from 1 to 2,147,483,648", value);
  }
}
