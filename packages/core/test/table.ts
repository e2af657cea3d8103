import { absorb, createHasher, finish } from "../src/store/hash.ts";

/** Words of the header that tests read, after docs/layout.md. */
export const headerWords = { size: 2, next: 3 } as const;

const shardsAt = 64;
const shardWords = 48;

/** The two halves of a hash. */
interface Halves {
  readonly a: number;
  readonly b: number;
}

const shardOf = ({ a }: Halves): number => a % 64;

/** A shared table, read by hand. */
export interface TableReader {
  readonly words: Uint32Array;
  readonly numbers: Float64Array;
  readonly shardOf: (hash: Halves) => number;
  /** The place of a word of the shard of a hash. */
  readonly shardWord: (hash: Halves, word: number) => number;
  readonly hashOfCount: (scope: string, subject: string) => Halves;
  readonly hashOfId: (id: string) => Halves;
  /** The line of a count, in units; 0 where there is none. */
  readonly countOf: (hash: Halves) => number;
  /** The block of a lease, in units; 0 where there is none. */
  readonly leaseOf: (hash: Halves) => number;
  /** The entries of a ring whose four words are at `at`. */
  readonly ringAt: (at: number) => readonly (readonly [instant: number, amount: number])[];
}

/** Reads a shared table by docs/layout.md alone, with none of the store's code but its hash. */
export function readTable(buffer: SharedArrayBuffer): TableReader {
  const words = new Uint32Array(buffer);
  const numbers = new Float64Array(buffer);
  const hashed = (text: string, word0: number, word1: number): Halves => {
    const hasher = createHasher(words[4]! | 0, words[5]! | 0);
    absorb(hasher, text);
    finish(hasher, word0, word1);
    return { a: hasher.a >>> 0, b: hasher.b >>> 0 };
  };
  const shardWord = (hash: Halves, word: number): number =>
    shardsAt + shardOf(hash) * shardWords + word;
  const isAt = ({ a, b }: Halves, block: number): boolean =>
    words[block * 4] === a && words[block * 4 + 1] === b;

  return {
    words,
    numbers,
    shardOf,
    shardWord,
    hashOfCount: (scope, subject) => {
      const { a, b } = hashed(scope, 1, 0);
      return hashed(subject, a, b);
    },
    hashOfId: (id) => hashed(id, 2, 0),

    countOf: (hash) => {
      const directory = words[shardWord(hash, 1)]!;
      const bits = words[shardWord(hash, 2)]!;
      if (directory === 0) return 0;
      const page = words[directory * 4 + Math.floor(hash.a / 2 ** (32 - bits))]!;
      const lineAt = (line: number): number => page + line * 4;
      let line = 1 + (((hash.b >>> 16) * 63) >>> 16);
      for (; words[lineAt(line) * 4 + 7] !== 0; line = line === 63 ? 1 : line + 1) {
        if (isAt(hash, lineAt(line))) return lineAt(line);
      }
      return 0;
    },

    leaseOf: (hash) => {
      const index = words[shardWord(hash, 4)]! * 4;
      const mask = words[shardWord(hash, 5)]!;
      if (index === 0) return 0;
      for (let slot = (hash.b & mask) >>> 0; ; slot = (slot + 1) & mask) {
        const lease = words[index + slot * 2 + 1]!;
        if (lease === 0 || isAt(hash, lease)) return lease;
      }
    },

    ringAt: (at) => {
      const [block, first, length, room] = words.subarray(at, at + 4);
      return Array.from({ length: length! }, (_, index) => {
        const entry = (block! + ((first! + index) % room!)) * 2;
        return [numbers[entry]!, numbers[entry + 1]!] as const;
      });
    },
  };
}
