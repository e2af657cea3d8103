import { marks } from "./marks.ts";
import {
  allocate,
  depthWord,
  directoryWord,
  free,
  header,
  pageClass,
  pageUnits,
  shardOf,
  type Table,
  tally,
  wordOf,
} from "./table.ts";

/*
 * Counts lie in pages of one line of 64 bytes for the page and 63 for counts, found by linear probing: one look into memory, for a hash
 * whose count has not been used for long. A shard's directory finds the page by the highest bits of the hash, by as many as its depth
 * says. A page that fills up is split in two by one more bit (Fagin et al., Extendible Hashing, 1979): no call moves more than one
 * page, and none waits for the growth of the whole.
 */
/** How many lines of a page may be counts. */
export const lines = 63;
const lineUnits = 4;
/** So that a search ends soon at a free line. */
const splitsAt = 51;
const deepest = 18;
/** Words of a page. */
const pageDepth = 0;
const pageUsed = 1;

const scratch = new Uint32Array(pageUnits * 4);

/** The count of a hash, or 0. */
export function findCount({ u32 }: Table, hashA: number, hashB: number): number {
  const shard = shardOf(hashA);
  const directory = u32[wordOf(shard, directoryWord)]!;
  if (directory === 0) return 0;
  const depth = u32[wordOf(shard, depthWord)]!;
  // A shift by 32 would be one by 0.
  const page = u32[directory * 4 + ((hashA >>> 1) >>> (31 - depth))]!;
  for (let line = homeOf(hashB); ; line = line === lines ? 1 : line + 1) {
    const count = page + line * lineUnits;
    const word = count * 4;
    if (u32[word + marks] === 0) return 0;
    if ((u32[word]! | 0) === hashA && (u32[word + 1]! | 0) === hashB) return count;
  }
}

/**
 * Reads the lines where the counts of hashes are most likely, and does not look at what they hold: so the reads, which wait for memory, all
 * wait together.
 */
export function touchCounts(
  { u32 }: Table,
  hashA: Int32Array,
  hashB: Int32Array,
  from: number,
  to: number,
): number {
  let sum = 0;
  for (let index = from; index < to; index++) {
    const a = hashA[index]!;
    const shard = shardOf(a);
    const directory = u32[wordOf(shard, directoryWord)]!;
    if (directory === 0) continue;
    const depth = u32[wordOf(shard, depthWord)]!;
    const page = u32[directory * 4 + ((a >>> 1) >>> (31 - depth))]!;
    const line = homeOf(hashB[index]!);
    sum ^= u32[(page + line * lineUnits) * 4]! ^ u32[(page + next(line) * lineUnits) * 4]!;
  }
  return sum;
}

/** An empty line for the count of a hash that has none, with its hash in it; 0 when there is no room. Other counts may move. */
export function insertCount(table: Table, hashA: number, hashB: number): number {
  const page = pageWithRoom(table, hashA);
  if (page === 0) return 0;
  const { u32 } = table;
  u32[page * 4 + pageUsed]!++;
  tally(table, header.keys, 1);
  const count = freeLine(u32, page, hashB);
  u32.fill(0, count * 4, (count + lineUnits) * 4);
  u32[count * 4] = hashA;
  u32[count * 4 + 1] = hashB;
  return count;
}

/** Takes a count out. Those behind it that are further from home than they need be move up. */
export function removeCount(table: Table, count: number): void {
  const { u32 } = table;
  const page = count - (count % pageUnits);
  let gap = (count - page) / lineUnits;
  for (let line = next(gap); u32[(page + line * lineUnits) * 4 + marks] !== 0; line = next(line)) {
    const at = (page + line * lineUnits) * 4;
    const home = homeOf(u32[at + 1]! | 0);
    if (distance(home, line) < distance(gap, line)) continue;
    u32.copyWithin((page + gap * lineUnits) * 4, at, at + lineUnits * 4);
    gap = line;
  }
  u32[(page + gap * lineUnits) * 4 + marks] = 0;
  u32[page * 4 + pageUsed]!--;
  tally(table, header.keys, -1);
}

/** The pages of a shard, one after the other, and round: that at the directory's place `at`, and the place of the one after it. */
export function pageAt(
  { u32 }: Table,
  shard: number,
  at: number,
): { readonly page: number; readonly next: number } | undefined {
  const directory = u32[wordOf(shard, directoryWord)]!;
  if (directory === 0) return undefined;
  const depth = u32[wordOf(shard, depthWord)]!;
  const place = at < 1 << depth ? at : 0;
  const page = u32[directory * 4 + place]!;
  const step = 1 << (depth - u32[page * 4 + pageDepth]!);
  return { page, next: (place - (place % step) + step) & ((1 << depth) - 1) };
}

/** Where `pageAt` and `countIn` have what a hash is near to: a place in the directory times 64, and a line. */
export function placeOf({ u32 }: Table, hashA: number, hashB: number): number {
  const depth = u32[wordOf(shardOf(hashA), depthWord)]!;
  return ((hashA >>> 1) >>> (31 - depth)) * 64 + homeOf(hashB);
}

/** The count in a line of a page, from 1 to 63, or 0. */
export function countIn({ u32 }: Table, page: number, line: number): number {
  const count = page + line * lineUnits;
  return u32[count * 4 + marks] === 0 ? 0 : count;
}

function homeOf(hashB: number): number {
  return 1 + (((hashB >>> 16) * lines) >>> 16);
}

function next(line: number): number {
  return line === lines ? 1 : line + 1;
}

function distance(from: number, to: number): number {
  return to >= from ? to - from : to - from + lines;
}

function freeLine(u32: Uint32Array, page: number, hashB: number): number {
  let line = homeOf(hashB);
  while (u32[(page + line * lineUnits) * 4 + marks] !== 0) line = next(line);
  return page + line * lineUnits;
}

/** The page that a hash belongs to, once it has a free line and a few more. */
function pageWithRoom(table: Table, hashA: number): number {
  const shard = shardOf(hashA);
  if (table.u32[wordOf(shard, directoryWord)] === 0 && !begin(table, shard)) return 0;
  for (;;) {
    const { u32 } = table;
    const directory = u32[wordOf(shard, directoryWord)]!;
    const depth = u32[wordOf(shard, depthWord)]!;
    const page = u32[directory * 4 + ((hashA >>> 1) >>> (31 - depth))]!;
    const used = u32[page * 4 + pageUsed]!;
    if (used < splitsAt) return page;
    // Without room for more pages, this one may be filled but for one line.
    if (!split(table, shard, page, hashA)) return used < lines - 1 ? page : 0;
  }
}

/** Gives a shard a directory of one page. */
function begin(table: Table, shard: number): boolean {
  const directory = allocate(table, shard, 0);
  const page = directory === 0 ? 0 : newPage(table, shard, 0);
  if (page === 0) return false;
  table.u32[directory * 4] = page;
  table.u32[wordOf(shard, directoryWord)] = directory;
  return true;
}

function newPage(table: Table, shard: number, depth: number): number {
  const page = allocate(table, shard, pageClass);
  if (page === 0) return 0;
  table.u32.fill(0, page * 4, (page + pageUnits) * 4);
  table.u32[page * 4 + pageDepth] = depth;
  return page;
}

/** Splits a page by one more bit of the hashes; false when there is no room. */
function split(table: Table, shard: number, page: number, hashA: number): boolean {
  const depth = table.u32[page * 4 + pageDepth]! + 1;
  if (depth > deepest) return false;
  if (depth > table.u32[wordOf(shard, depthWord)]! && !doubleDirectory(table, shard)) return false;
  const other = newPage(table, shard, depth);
  if (other === 0) return false;
  const { u32 } = table;
  const directory = u32[wordOf(shard, directoryWord)]!;
  const total = u32[wordOf(shard, depthWord)]!;
  // The new page takes the upper half of the old one's places.
  const places = 1 << (total - depth);
  const first = ((((hashA >>> 1) >>> (31 - depth)) | 1) << (total - depth)) >>> 0;
  u32.fill(other, directory * 4 + first, directory * 4 + first + places);
  scratch.set(u32.subarray(page * 4, (page + pageUnits) * 4));
  u32.fill(0, page * 4, (page + pageUnits) * 4);
  u32[page * 4 + pageDepth] = depth;
  for (let at = lineUnits * 4; at < scratch.length; at += lineUnits * 4) {
    if (scratch[at + marks] === 0) continue;
    const isUpper = ((scratch[at]! >>> (32 - depth)) & 1) === 1;
    const home = isUpper ? other : page;
    u32.set(
      scratch.subarray(at, at + lineUnits * 4),
      freeLine(u32, home, scratch[at + 1]! | 0) * 4,
    );
    u32[home * 4 + pageUsed]!++;
  }
  return true;
}

/** Looks at one more bit of the hashes: each page then has twice as many places. */
function doubleDirectory(table: Table, shard: number): boolean {
  const depth = table.u32[wordOf(shard, depthWord)]!;
  const larger = allocate(table, shard, directoryClass(depth + 1));
  if (larger === 0) return false;
  const { u32 } = table;
  const directory = u32[wordOf(shard, directoryWord)]!;
  for (let place = 0; place < 2 << depth; place++) {
    u32[larger * 4 + place] = u32[directory * 4 + (place >> 1)]!;
  }
  u32[wordOf(shard, directoryWord)] = larger;
  u32[wordOf(shard, depthWord)] = depth + 1;
  free(table, shard, directoryClass(depth), directory);
  return true;
}

/** Of a directory of `2 ** depth` words. */
function directoryClass(depth: number): number {
  return Math.max(0, depth - 2);
}
