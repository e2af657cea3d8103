import { SluiceError } from "../errors.ts";
import { lockWord, refresh, shardOf, type Table, timeWord, wordOf } from "./table.ts";

const spins = 2_000;
const napMs = 0.2;
const mostNaps = 5_000;

/** The shards that a call touches, each once, in ascending order. */
export interface ShardSet {
  length: number;
  readonly shards: Int32Array;
}

/** An empty set of up to `most` shards. */
export function createShardSet(most: number): ShardSet {
  return { length: 0, shards: new Int32Array(most) };
}

/** Puts the shard of a hash in. */
export function include(set: ShardSet, hashA: number): void {
  const { shards } = set;
  const shard = shardOf(hashA);
  let place = set.length;
  while (place > 0 && shards[place - 1]! >= shard) place--;
  if (place < set.length && shards[place] === shard) return;
  shards.copyWithin(place + 1, place, set.length);
  shards[place] = shard;
  set.length++;
}

/**
 * Takes the locks of all shards of `set`, lowest first, so that two calls never wait for each other. Answers with the time: the latest of
 * `now` and what the shards have seen, which they have then all seen.
 */
export function lockAll(table: Table, set: ShardSet, now: number): number {
  const { shards, length } = set;
  let latest = now;
  for (let index = 0; index < length; index++) {
    if (!lock(table, shards[index]!)) {
      set.length = index;
      unlockAll(table, set);
      const why = "a thread has not finished in time, or was ended while it was at work";
      throw new SluiceError(
        "store-locked",
        `memoryStore: part of the shared table is locked: ${why}`,
      );
    }
    latest = Math.max(latest, table.f64[wordOf(shards[index]!, timeWord) / 2]!);
  }
  refresh(table);
  for (let index = 0; index < length; index++) {
    table.f64[wordOf(shards[index]!, timeWord) / 2] = latest;
  }
  return latest;
}

/** Takes a lock if it is free; whether it was. */
export function tryLock({ u32 }: Table, shard: number): boolean {
  return Atomics.compareExchange(u32, wordOf(shard, lockWord), 0, 1) === 0;
}

/** Gives a lock back. */
export function unlock({ u32 }: Table, shard: number): void {
  Atomics.store(u32, wordOf(shard, lockWord), 0);
}

/** Gives the locks back, and empties the set. */
export function unlockAll(table: Table, set: ShardSet): void {
  for (let index = 0; index < set.length; index++) unlock(table, set.shards[index]!);
  set.length = 0;
}

/** Waits for a lock, for about a second; false when it did not come. */
function lock(table: Table, shard: number): boolean {
  for (let tries = 0; tries < spins; tries++) if (tryLock(table, shard)) return true;
  const words = new Int32Array(table.buffer);
  for (let naps = 0; naps < mostNaps; naps++) {
    // A browser's main thread may not wait: it goes on trying.
    try {
      Atomics.wait(words, wordOf(shard, lockWord), 1, napMs);
    } catch {
      for (let tries = 0; tries < spins; tries++) if (tryLock(table, shard)) return true;
    }
    if (tryLock(table, shard)) return true;
  }
  return false;
}
