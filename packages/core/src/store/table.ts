import { SluiceError } from "../errors.ts";

/**
 * A table of blocks in one buffer, as docs/layout.md describes it. Blocks are named by a reference, their place in units of 16
 * bytes; 0 is none. Where the buffer is shared, whoever touches a shard holds its lock.
 */
export interface Table {
  buffer: ArrayBuffer | SharedArrayBuffer;
  f64: Float64Array;
  u32: Uint32Array;
  readonly isShared: boolean;
}

/** Words of the header. */
export const header = {
  magic: 0,
  version: 1,
  /** The size of the table, in units of 16 bytes. */
  size: 2,
  /** The first unit that no block has taken. */
  next: 3,
  key0: 4,
  key1: 5,
  keys: 6,
  leases: 7,
  live: 8,
  births: 9,
  maxKeys: 12,
  maxLeases: 13,
  /** Two words: milliseconds. */
  remember: 14,
} as const;

const magic = 0x45_43_4c_53;
const version = 1;

/** Shards are told by the lowest bits of a hash: each has its own lock, counts, leases and free blocks. */
export const shards = 64;
const shardsAt = 64;
const shardWords = 48;
/** Words of a shard: of its lock, its directory of counts, and its index of leases. */
export const lockWord = 0;
export const directoryWord = 1;
export const depthWord = 2;
export const countCursorWord = 3;
export const indexWord = 4;
export const maskWord = 5;
export const usedWord = 6;
export const leaseCursorWord = 7;
/** Two words: the latest time that the shard has seen. */
export const timeWord = 8;
/** Where the page that small blocks are cut from has room, and where it ends. */
const roomWord = 10;
const roomEndWord = 11;
/** For each class of blocks the first free one. */
const freeWord = 16;

/** A page is 4,096 bytes: what the processor finds with one look at its own tables. */
export const pageUnits = 256;
/** The class of a page. */
export const pageClass = 8;
const firstPages = 16;
const firstSharedBytes = 1 << 20;
const mostBytes = 2 ** 32;
const pageBytes = pageUnits * 16;

/** A new, empty table. */
export function createTable(isShared: boolean, key0: number, key1: number): Table {
  const buffer = isShared
    ? new SharedArrayBuffer(firstSharedBytes, { maxByteLength: mostBytes })
    : new ArrayBuffer(firstPages * pageBytes);
  const table = viewed(buffer, isShared);
  const { u32 } = table;
  u32[header.magic] = magic;
  u32[header.version] = version;
  u32[header.size] = buffer.byteLength / 16;
  u32[header.next] = roundUp((shardsAt + shards * shardWords) / 4);
  u32[header.key0] = key0;
  u32[header.key1] = key1;
  for (let shard = 0; shard < shards; shard++) table.f64[wordOf(shard, timeWord) / 2] = -Infinity;
  return table;
}

/** The table that another thread has made in `buffer`. Throws `invalid-option` for any other. */
export function openTable(buffer: SharedArrayBuffer): Table {
  const table = viewed(buffer, true);
  if (table.u32[header.magic] === magic && table.u32[header.version] === version) return table;
  throw new SluiceError("invalid-option", "memoryStore: shared must be the buffer of a store");
}

function viewed(buffer: ArrayBuffer | SharedArrayBuffer, isShared: boolean): Table {
  // Of fixed length: views that follow a buffer's are slower.
  const units = Math.floor(buffer.byteLength / 16);
  return {
    buffer,
    f64: new Float64Array(buffer, 0, units * 2),
    u32: new Uint32Array(buffer, 0, units * 4),
    isShared,
  };
}

/** Sees to it that the views reach as far as the table does, which another thread may have grown. */
export function refresh(table: Table): void {
  if (table.u32[header.size]! * 4 !== table.u32.length) {
    Object.assign(table, viewed(table.buffer, table.isShared));
  }
}

/** The shard of a hash. */
export function shardOf(hashA: number): number {
  return hashA & (shards - 1);
}

/** The place in `u32` of a word of a shard. */
export function wordOf(shard: number, word: number): number {
  return shardsAt + shard * shardWords + word;
}

/** Adds to a count in the header that all shards share, and says what it was. */
export function tally({ u32, isShared }: Table, word: number, change: number): number {
  if (isShared) return Atomics.add(u32, word, change);
  const before = u32[word]!;
  u32[word] = before + change;
  return before;
}

/**
 * A block of `2 ** size` units, with whatever it held before, or 0 when the table can grow no further. May move the table: views read
 * before are not to be used after.
 */
export function allocate(table: Table, shard: number, size: number): number {
  const list = wordOf(shard, freeWord + size);
  const block = table.u32[list]!;
  if (block !== 0) {
    table.u32[list] = table.u32[block * 4]!;
    return block;
  }
  if (size >= pageClass) return takePages(table, 1 << (size - pageClass));
  const units = 1 << size;
  const room = wordOf(shard, roomWord);
  const end = wordOf(shard, roomEndWord);
  if (table.u32[room]! + units > table.u32[end]!) {
    const page = takePages(table, 1);
    if (page === 0) return 0;
    table.u32[room] = page;
    table.u32[end] = page + pageUnits;
  }
  const cut = table.u32[room]!;
  table.u32[room] = cut + units;
  return cut;
}

/** Gives a block back to its shard, for the next of its class. */
export function free({ u32 }: Table, shard: number, size: number, block: number): void {
  const list = wordOf(shard, freeWord + size);
  u32[block * 4] = u32[list]!;
  u32[list] = block;
}

function takePages(table: Table, pages: number): number {
  const units = pages * pageUnits;
  for (;;) {
    const next = table.u32[header.next]!;
    if (!grow(table, next + units)) return 0;
    if (!table.isShared) {
      table.u32[header.next] = next + units;
      return next;
    }
    const found = Atomics.compareExchange(table.u32, header.next, next, next + units);
    if (found === next) return next;
  }
}

function roundUp(units: number): number {
  return Math.ceil(units / pageUnits) * pageUnits;
}

/** Makes the table at least `units` long; false when it cannot be. */
function grow(table: Table, units: number): boolean {
  if (units * 4 <= table.u32.length) return true;
  refresh(table);
  const size = table.u32.length / 4;
  if (units <= size) return true;
  // Small ones by half, large ones by four megabytes.
  const bytes = roundUp(Math.max(units, size + Math.min(size >> 1, 1 << 18))) * 16;
  if (bytes > mostBytes) return false;
  if (!(table.buffer instanceof ArrayBuffer)) return growInPlace(table, table.buffer, bytes);
  const next = roomier(bytes);
  if (next === undefined) return false;
  new Uint32Array(next).set(table.u32);
  table.buffer = next;
  Object.assign(table, viewed(next, false));
  table.u32[header.size] = table.u32.length / 4;
  return true;
}

/** Large tables grow in place, without copying, where the runtime has buffers that can; `undefined` when there is no memory. */
function roomier(bytes: number): ArrayBuffer | SharedArrayBuffer | undefined {
  const canGrow = typeof SharedArrayBuffer !== "undefined" && "grow" in SharedArrayBuffer.prototype;
  try {
    if (canGrow && bytes >= firstSharedBytes) {
      return new SharedArrayBuffer(bytes, { maxByteLength: mostBytes });
    }
  } catch {}
  try {
    return new ArrayBuffer(bytes);
  } catch {
    return undefined;
  }
}

function growInPlace(table: Table, buffer: SharedArrayBuffer, bytes: number): boolean {
  // Another thread may grow it further meanwhile.
  try {
    if (buffer.byteLength < bytes) buffer.grow(bytes);
  } catch {
    if (buffer.byteLength < bytes) return false;
  }
  Object.assign(table, viewed(buffer, table.isShared));
  // Only upwards: threads may come here out of order.
  const units = table.u32.length / 4;
  for (;;) {
    const size = Atomics.load(table.u32, header.size);
    if (size >= units) break;
    Atomics.compareExchange(table.u32, header.size, size, units);
  }
  refresh(table);
  return true;
}
