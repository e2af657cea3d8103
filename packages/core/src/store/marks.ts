import { header, type Table, tally } from "./table.ts";

/*
 * One word of a count has, from the lowest: a bit that is set in every count, one for being more than half full or refusing, one for having
 * spilled into a ring, and 29 that tell it from earlier ones of its key.
 */
/** The word of a count that is 0 where there is none. */
export const marks = 7;
const takenBit = 1;
export const busyBit = 2;
export const spilledBit = 4;
const birthUnit = 8;
const birthBits = 0xff_ff_ff_f8;

/** Marks a new count. */
export function newMarks(table: Table, count: number): void {
  const birth = tally(table, header.births, birthUnit) + birthUnit;
  table.u32[count * 4 + marks] = takenBit | (birth & birthBits);
}

/** Takes note of whether a count is more than half full, or refuses. */
export function markBusy({ u32 }: Table, count: number, isSo: boolean): void {
  const word = count * 4 + marks;
  u32[word] = isSo ? u32[word]! | busyBit : u32[word]! & ~busyBit;
}

/** Tells a count from earlier ones of the same key; 0 is no count. */
export function birthOf({ u32 }: Table, count: number): number {
  return count === 0 ? 0 : ((u32[count * 4 + marks]! & birthBits) | takenBit) >>> 0;
}

/** Whether a count is more than half full, or was found to refuse. */
export function isBusy({ u32 }: Table, count: number): boolean {
  return (u32[count * 4 + marks]! & busyBit) !== 0;
}

/** Whether what the count keeps has spilled into a ring. */
export function isSpilled({ u32 }: Table, count: number): boolean {
  return (u32[count * 4 + marks]! & spilledBit) !== 0;
}

/** Takes note of whether it has. */
export function setSpilled({ u32 }: Table, count: number, isSo: boolean): void {
  const word = count * 4 + marks;
  u32[word] = isSo ? u32[word]! | spilledBit : u32[word]! & ~spilledBit;
}
