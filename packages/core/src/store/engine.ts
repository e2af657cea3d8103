import { SluiceError } from "../errors.ts";
import { hashClaims, hashId, type Keys, mostClaims } from "./keys.ts";
import { createShardSet, include, lockAll, type ShardSet, unlockAll } from "./locks.ts";
import type { Sweep } from "./room.ts";
import { findCount } from "./segments.ts";
import type { Claim } from "./store.ts";
import { shards, type Table } from "./table.ts";

/** What every call of a memory store works with. */
export interface Engine {
  readonly table: Table;
  readonly keys: Keys;
  readonly sweep: Sweep;
  readonly readClock: () => number;
  /** The counts of the claims at hand; 0 where there is none. */
  readonly counts: number[];
  readonly locked: ShardSet;
  /** What the last call answered, four numbers for each claim. */
  readonly states: Float64Array;
}

/** An engine over `table`. */
export function createEngine(
  table: Table,
  keys: Keys,
  rememberMs: number,
  readClock: () => number,
): Engine {
  return {
    table,
    keys,
    sweep: { now: 0, rememberMs, expired: 0, shard: 0 },
    readClock,
    counts: [],
    locked: createShardSet(shards),
    states: new Float64Array(mostClaims * 4),
  };
}

/** Throws `invalid-option` when there are more claims than a call can have. */
export function checkClaims(claims: readonly Claim[]): void {
  if (claims.length <= mostClaims) return;
  throw new SluiceError(
    "invalid-option",
    `store: at most ${mostClaims} claims, got ${claims.length}`,
  );
}

/** Hashes the claims and the id of a call, takes the locks that it needs, and reads the time, once. */
export function enter(engine: Engine, claims: readonly Claim[], id?: string): number {
  const { keys } = engine;
  checkClaims(claims);
  hashClaims(keys, claims, 0);
  if (id !== undefined) hashId(keys, id);
  return enterHashed(engine, claims.length, 0, id !== undefined, engine.readClock());
}

/** As `enter`, of claims that were hashed from the place `from`, at a time that was read. */
export function enterHashed(
  { table, keys, sweep, locked }: Engine,
  claims: number,
  from: number,
  withId: boolean,
  now: number,
): number {
  sweep.now = now;
  if (!table.isShared) return now;
  for (let index = 0; index < claims; index++) include(locked, keys.hashA[from + index]!);
  if (withId) include(locked, keys.idA);
  return (sweep.now = lockAll(table, locked, now));
}

/** Gives back what `enter` took. */
export function leave({ table, locked }: Engine): void {
  if (table.isShared) unlockAll(table, locked);
  else locked.length = 0;
}

/** Looks up the counts of claims that were hashed from the place `from`. */
export function findCounts({ table, keys, counts }: Engine, claims: number, from: number): void {
  for (let index = 0; index < claims; index++) {
    counts[index] = findCount(table, keys.hashA[from + index]!, keys.hashB[from + index]!);
  }
}
