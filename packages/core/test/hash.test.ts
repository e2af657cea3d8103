import { seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { absorb, createHasher, finish } from "../src/store/hash.ts";
import { halfSipHash, wordsOf } from "./half-sip-hash.ts";

const key = [0x03_02_01_00, 0x07_06_05_04] as const;

function hashOf(text: string, [key0, key1]: readonly [number, number] = key, mark = 2): bigint {
  const hasher = createHasher(key0, key1);
  absorb(hasher, text);
  finish(hasher, mark, 5);
  return joined(hasher.a, hasher.b);
}

function joined(a: number, b: number): bigint {
  return (BigInt(a >>> 0) << 32n) | BigInt(b >>> 0);
}

/** Texts of each length from 0 to 300, of one byte to a character and of two, and such as might be packed alike. */
function manyTexts(): string[] {
  const random = seededRandom(1);
  const texts: string[] = [];
  for (let length = 0; length <= 300; length++) {
    for (const top of [0x7f, 0xff, 0x1_00, 0xff_ff]) {
      const chars = Array.from({ length }, () => random.integer(0, top));
      texts.push(String.fromCharCode(...chars));
    }
    texts.push("\0".repeat(length), "a".repeat(length), "\u0100".repeat(length));
    // Two characters of one byte and one of two, packed.
    texts.push("\u0161".repeat(length), "a\u0001".repeat(length), `${"ab\0\0".repeat(length)}c`);
    texts.push(
      `${"x".repeat(length)}\0`,
      `\u{1F30A}${"y".repeat(length)}`,
      "\uFFFF".repeat(length),
    );
  }
  return [...new Set(texts)];
}

// Of the authors of SipHash, vectors.h: HalfSipHash-2-4 with 64 bits of the bytes 0, 1, 2 and so on, by how many.
const official = [
  [0, "218d1f59b9b83cc8"],
  [1, "be552412f8387315"],
  [3, "ce0f1a45f7060679"],
  [4, "d5e78a175be52ea1"],
  [7, "ff202728b07bc684"],
  [8, "edfee820bce4858c"],
  [15, "217d0bcb4e81c902"],
  [31, "863c7f155c34117c"],
] as const;

describe("the hash of a text", () => {
  it.each(official)(
    "is told by a reference that answers officially for %i bytes",
    (length, hex) => {
      const text = String.fromCharCode(...Array.from({ length }, (_, index) => index));
      const bytes = new DataView(new ArrayBuffer(8));
      for (const [index, word] of halfSipHash(2, 4, key, wordsOf(text)).entries()) {
        bytes.setInt32(index * 4, word, true);
      }
      expect(bytes.getBigUint64(0).toString(16).padStart(16, "0")).toBe(hex);
    },
  );

  it("is HalfSipHash-1-3 of its words, tweaked by two", () => {
    const texts = manyTexts();
    const wrong = texts.filter((text) => {
      const [a, b] = halfSipHash(1, 3, key, wordsOf(text), [2, 5]);
      return hashOf(text) !== joined(a, b);
    });
    expect(wrong).toEqual([]);
    expect(texts.length).toBeGreaterThan(3_000);
  });

  it("differs for texts that differ, however they are packed", () => {
    const texts = manyTexts();
    expect(new Set(texts.map((text) => hashOf(text))).size).toBe(texts.length);
  });

  it("is the same under the same key, and another under another, or by another tweak", () => {
    for (const text of ["", "acme", "\u0161\u0162", "a".repeat(300)]) {
      const [key0, key1] = key;
      const others = [
        hashOf(text),
        hashOf(text, [key0 ^ 1, key1]),
        hashOf(text, [key0, key1 ^ (1 << 31)]),
        hashOf(text, key, 1),
      ];
      expect(hashOf(text)).toBe(others[0]);
      expect(new Set(others).size).toBe(4);
    }
  });

  it("is another for each of a million short texts", () => {
    const hasher = createHasher(...key);
    const most = 1_000_000;
    const words = new Uint32Array(most * 2);
    for (let index = 0; index < most; index++) {
      absorb(hasher, index.toString(36));
      finish(hasher, 2, 0);
      words[index * 2] = hasher.a;
      words[index * 2 + 1] = hasher.b;
    }
    const sorted = new BigUint64Array(words.buffer).toSorted();
    let alike = 0;
    for (let index = 1; index < most; index++) if (sorted[index] === sorted[index - 1]) alike++;
    expect(alike).toBe(0);
  });

  it("changes in about half of its bits, each of them, when one bit of the text does", () => {
    const random = seededRandom(2);
    const flips = new Uint32Array(64);
    const rounds = 4_000;
    for (let round = 0; round < rounds; round++) {
      const chars = Array.from({ length: random.integer(1, 40) }, () => random.integer(0, 127));
      const place = random.integer(0, chars.length - 1);
      const other = chars.with(place, chars[place]! ^ (1 << random.integer(0, 6)));
      const changed = hashOf(String.fromCharCode(...chars)) ^ hashOf(String.fromCharCode(...other));
      for (let bit = 0; bit < 64; bit++) flips[bit]! += Number((changed >> BigInt(bit)) & 1n);
    }
    const shares = Array.from(flips, (count) => count / rounds);
    expect(Math.min(...shares)).toBeGreaterThan(0.45);
    expect(Math.max(...shares)).toBeLessThan(0.55);
  });
});
