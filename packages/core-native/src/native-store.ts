import {
  checkOptions,
  type Clock,
  type Duration,
  durationMs,
  failOption,
  type Outcome,
  steadyClock,
  type StoreSize,
  type SyncStore,
} from "@sluice/core";

import type { Desk } from "./binding.ts";
import {
  call,
  callMany,
  chargeOutcomeOf,
  type Counter,
  createCounter,
  outcomeOf,
  verbs,
} from "./calls.ts";
import { unopened } from "./faults.ts";
import { loadBinding, type Loaded, unavailable } from "./load.ts";

/**
 * What other threads open a shared store by: plain data that `postMessage` carries. Good as long as a store of any thread of the process
 * has the table.
 */
export interface NativeTable {
  readonly table: string;
}

/** Options of `nativeStore()`; those of `memoryStore()`, and other ways to share. */
export interface NativeStoreOptions {
  /** Default: `Date.now`. A step back neither frees nor freezes capacity: time goes on from there. */
  readonly clock?: Clock;
  /** The most counts kept, as in `memoryStore()`. Default: 1,000,000. */
  readonly maxKeys?: number;
  /** The most leases kept, live or remembered. Default: 100,000. */
  readonly maxLeases?: number;
  /** How long an expired lease can still be settled, and a caller's id is remembered once settled. Default: `"10m"`. */
  readonly remember?: Duration;
  /**
   * `true` lets the other threads of this process share the counts: hand the store's `table` to them, as `shared` of a store there. A
   * `path` names a file that all processes of this machine share, made when the first comes; not on Windows. They are then one exact
   * store, and the other options but `clock` are those of the first. Default: `false`.
   */
  readonly shared?: boolean | NativeTable | { readonly path: string };
}

/** A store whose counts the addon keeps, outside of JavaScript's memory. */
export interface NativeStore extends SyncStore {
  /** Of a store that threads share, what others open it by. */
  readonly table: NativeTable | undefined;
  /** Forgets at once all that is idle. Never needed: calls that add something forget a little. */
  sweep(): void;
  size(): StoreSize & { /** Of the whole table. */ readonly bytes: number };
  /** Gives the table, or this store's place in a file, back; what is called after throws `store-failed`. Never needed: the collector does so too. */
  close(): void;
}

/**
 * Exact counts decided in Rust: the same decisions as `memoryStore()`, faster for `checkMany`, and exact for the threads and the
 * processes of a machine. Throws `native-unavailable` where there is no addon, `invalid-option`, and for a file that cannot be opened
 * `store-corrupt` or `store-failed`.
 */
export function nativeStore(options: NativeStoreOptions = {}): NativeStore {
  checkOptions("nativeStore", options, ["clock", "maxKeys", "maxLeases", "remember", "shared"]);
  const { clock = Date.now, maxKeys = 1_000_000, maxLeases = 100_000, remember = "10m" } = options;
  const { shared = false } = options;
  if (typeof clock !== "function") failOption("nativeStore: clock", "a function", clock);
  checkCap("maxKeys", maxKeys);
  checkCap("maxLeases", maxLeases);
  const bounds = { maxKeys, maxLeases, rememberMs: durationMs(remember, "nativeStore: remember") };
  const place = placeOf(shared);
  const native = loadBinding();
  if (native === undefined) throw unavailable();
  const counter = openCounter(native, place, bounds);
  return storeOf(counter, steadyClock(clock), place);
}

type Place = readonly [how: "alone" | "share" | "join" | "file", at: string];

function placeOf(shared: NonNullable<NativeStoreOptions["shared"]>): Place {
  if (shared === false) return ["alone", ""];
  if (shared === true) return ["share", drawHex()];
  if (typeof shared === "object" && shared !== null) {
    if ("table" in shared && /^[0-9a-f]{12}$/.test(shared.table)) return ["join", shared.table];
    // A path with a zero in it would end there.
    const path: unknown = "path" in shared ? shared.path : undefined;
    if (typeof path === "string" && path !== "" && !path.includes("\0")) return ["file", path];
  }
  return failOption("nativeStore: shared", "true, the table of a store, or { path }", shared);
}

function openCounter(
  { binding }: Loaded,
  [how, at]: Place,
  { maxKeys, maxLeases, rememberMs }: Record<"maxKeys" | "maxLeases" | "rememberMs", number>,
): Counter {
  const [key0, key1] = crypto.getRandomValues(new Uint32Array(2));
  const options = Float64Array.of(key0!, key1!, maxKeys, maxLeases, rememberMs);
  const open = (given: Float64Array, told: Float64Array): Desk => {
    try {
      return binding.open(how, at, options, given, told);
    } catch (error) {
      throw unopened(error, how === "file" ? `cannot open ${JSON.stringify(at)}` : "cannot open");
    }
  };
  return createCounter(binding.sizes(), open);
}

function storeOf(counter: Counter, readClock: Clock, [how, at]: Place): NativeStore {
  const { desk, given, told } = counter;
  const table = how === "share" || how === "join" ? { table: at } : undefined;
  return {
    table,
    reserve(claims, lease) {
      if (lease === undefined) call(counter, verbs.check, claims, readClock());
      else {
        const { id, expiresAfterMs, repeatable } = lease;
        call(counter, verbs.reserve, claims, readClock(), id, expiresAfterMs, repeatable);
      }
      return outcomeOf(counter);
    },
    reserveMany(batch) {
      const outcomes: Outcome[] = [];
      callMany(counter, batch, readClock(), outcomes);
      return outcomes;
    },
    peek(claims) {
      call(counter, verbs.peek, claims, readClock());
      return outcomeOf(counter);
    },
    extend(claims, { id, amounts }) {
      call(counter, verbs.extend, claims, readClock(), id, 0, false, amounts);
      return chargeOutcomeOf(counter);
    },
    settle(claims, { id, amounts, unreported }) {
      const rule = ["estimate", "nothing", "expiry"].indexOf(unreported);
      call(counter, verbs.settle, claims, readClock(), id, rule, false, amounts);
      return chargeOutcomeOf(counter);
    },
    adjust(claims, direction) {
      call(counter, verbs.adjust, claims, readClock(), undefined, direction === "charge" ? 0 : 1);
      return chargeOutcomeOf(counter);
    },
    block(claims, forMs) {
      call(counter, verbs.block, claims, readClock(), undefined, forMs);
      return chargeOutcomeOf(counter);
    },
    reset(claims) {
      call(counter, verbs.reset, claims, readClock());
      return chargeOutcomeOf(counter);
    },
    sweep() {
      given[1] = readClock();
      desk.sweep();
    },
    size() {
      desk.size();
      const [keys, leases, live, bytes] = told;
      return { keys: keys!, leases: leases!, live: live!, bytes: bytes! };
    },
    close() {
      desk.close();
    },
  };
}

function drawHex(): string {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return ((high! & 0xff_ff) * 2 ** 32 + low!).toString(16).padStart(12, "0");
}

function checkCap(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > 2 ** 31) {
    failOption(`nativeStore: ${option}`, "an integer from 1 to 2,147,483,648", value);
  }
}
