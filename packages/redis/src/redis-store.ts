import {
  type AsyncStore,
  checkOptions,
  type Clock,
  type Degraded,
  type Duration,
  durationMs,
  failOption,
  type Outcome,
  steadyClock,
} from "@sluice/core";

import { isRedisClient, type RedisClient, scriptRunner } from "./client.ts";
import { coalesce } from "./coalesce.ts";
import { denyCache } from "./deny-cache.ts";
import { exactStore } from "./exact.ts";
import { guard, type GuardedStore, type Health } from "./guard.ts";
import type { OverGrantBound } from "./guard/bound.ts";
import type { GuardEvent } from "./guard/options.ts";
import { replay, type StateLoss } from "./replay.ts";
import { redisPulse } from "./replay/redis-pulse.ts";
import { checkShares, type ShareOptions, shares } from "./shares.ts";
import { slots } from "./slots.ts";
import { isCluster } from "./slots/is-cluster.ts";

/** What a store on Redis tells its `observe` hook: each failure, recovery and loss of state once. */
export type RedisStoreEvent = GuardEvent | StateLoss;

/** Options of `redisStore()`. */
export interface RedisStoreOptions {
  /** In front of every key, to keep deployments apart: 1 to 64 printable characters, no space, no braces. Default: `"sluice:"`. */
  readonly prefix?: string;
  /** How long an expired lease can still be settled, and the outcome of a caller's id is remembered once settled. Default: `"10m"`. */
  readonly remember?: Duration;
  /** No decision waits longer for the server, in milliseconds; 1 to 60,000. Default: 50. */
  readonly deadlineMs?: number;
  /**
   * What decides while the server cannot, for all limits or by the name of each (`"local"` where one is not named): `"local"`, this process
   * alone, from `share` of the limit; `"allow"`, nobody; `"refuse"`, every request is refused as `"store-unavailable"`. Of a request
   * under several limits the strictest holds. Default: `"local"`.
   */
  readonly failure?: Degraded | Readonly<Record<string, Degraded>>;
  /** The part of each limit that this process gives out alone, above 0, at most 1: with n processes, 1 / n. Default: 1. */
  readonly share?: number;
  /**
   * Whether refusals are answered again in this process until the time that the server gave: what other processes give back is then
   * seen that much later. `keys`: the most that are remembered, 10,000 by default. Default: `false`.
   */
  readonly denyCache?: boolean | { readonly keys?: number };
  /** Limits, by name, that processes take slices of and decide on alone; in all never more than the limit. Default: none. */
  readonly shares?: Readonly<Record<string, ShareOptions>>;
  /** Is told what happens. What it throws is ignored. */
  readonly observe?: (event: RedisStoreEvent) => void;
  /** Tells the time in place of the server: for tests. Default: the server's `TIME`, which is one for all who share it. */
  readonly clock?: Clock;
}

/** A store that all processes share. */
export interface RedisStore extends AsyncStore {
  /** Whether the server decides, since when, and how it failed last. */
  health(): Health;
  /** By how much may be granted too much now, and why. */
  bound(): OverGrantBound;
  /** Gives back what this process has taken of shared limits and not used: before it ends. The client is the caller's to close. */
  close(): Promise<void>;
}

const prefixForm = /^[!-z|~]{1,64}$/;

/**
 * Counts that all processes share, on Redis from 6.2 on or Valkey: one node, Sentinel or Cluster. A decision on limits that share a slot is one script, in
 * one step, by the server's time, and those that are asked for in one tick travel together. Every key expires by itself. While the server fails,
 * or does not answer in time, `failure` decides, and decisions say so; what a server has lost is put back.
 * Throws `invalid-option`. docs/redis.md is for whoever runs the server.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  checkOptions("redisStore", options, [
    "prefix",
    "remember",
    "deadlineMs",
    "failure",
    "share",
    "denyCache",
    "shares",
    "observe",
    "clock",
  ]);
  const { deadlineMs, failure, share, observe, clock } = options;
  const { prefix = "sluice:", remember = "10m", denyCache: denied = false } = options;
  if (!isRedisClient(client)) {
    failOption("redisStore: client", "one of ioredis, iovalkey or node-redis", client);
  }
  if (typeof prefix !== "string" || !prefixForm.test(prefix)) {
    const expected = "1 to 64 printable characters without spaces and braces";
    failOption("redisStore: prefix", expected, prefix);
  }
  if (clock !== undefined && typeof clock !== "function") {
    failOption("redisStore: clock", "a function", clock);
  }
  const rememberMs = durationMs(remember, "redisStore: remember");
  const caching = denyCacheOptions(denied);
  const sharing = options.shares && checkShares(options.shares, "redisStore: shares");

  const run = scriptRunner(client);
  const counting = {
    prefix,
    rememberMs,
    clock: clock && steadyClock(clock),
    // With a clock of its own it is to answer as the oracle does, which remembers every look.
    writesLooks: clock !== undefined,
  };
  const counted = isCluster(client) ? slots(run, counting) : exactStore(run, counting);
  const told = observe === undefined ? {} : { observe };
  const replayed = replay(counted, { pulse: redisPulse(run, prefix), ...told });
  const guarded = guard(replayed, {
    own: replayed,
    rememberMs,
    ...told,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(failure === undefined ? {} : { failure }),
    ...(share === undefined ? {} : { share }),
    ...(clock === undefined ? {} : { clock }),
  });
  // What is guarded and kept is a batch: by itself, each request would take as long again.
  const batched = coalesce(guarded);
  const cached = caching === undefined ? batched : denyCache(batched, caching);
  const shared = sharing && shares(cached, { shares: sharing });
  return {
    ...(shared === undefined ? cached : telling(shared, guarded)),
    health: () => guarded.health(),
    bound() {
      const bound = guarded.bound();
      if (sharing === undefined) return bound;
      const names = [...sharing.keys()].join(", ");
      const because = "a slice is counted for the window and as long as it may be used";
      return {
        ...bound,
        sentence: `${bound.sentence}; what is shared out (${names}) never exceeds its limit: ${because}`,
      };
    },
    close: async () => shared?.giveBack(),
  };
}

/** What is decided here, of slices that were taken before, says so too while the server cannot decide. */
function telling(store: AsyncStore, guarded: GuardedStore): AsyncStore {
  const told = (outcome: Outcome): Outcome =>
    guarded.health().state === "exact" || outcome.degraded !== undefined
      ? outcome
      : { ...outcome, degraded: "local" };
  return {
    ...store,
    reserve: async (claims, lease) => told(await store.reserve(claims, lease)),
    reserveMany: async (batch) => (await store.reserveMany(batch)).map(told),
  };
}

function denyCacheOptions(
  given: NonNullable<RedisStoreOptions["denyCache"]>,
): { readonly keys?: number } | undefined {
  if (typeof given === "boolean") return given ? {} : undefined;
  checkOptions("redisStore: denyCache", given, ["keys"]);
  const { keys = 10_000 } = given;
  if (Number.isSafeInteger(keys) && keys > 0) return { keys };
  return failOption("redisStore: denyCache: keys", "a positive integer", keys);
}
