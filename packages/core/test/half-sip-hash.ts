/**
 * HalfSipHash with 64 bits of result, `compressions` rounds for each word and `finalizations` at the end, of whole words, and of a tweak
 * of its last state: written for reading, after Aumasson and Bernstein, with none of the store's code.
 */
export function halfSipHash(
  compressions: number,
  finalizations: number,
  [key0, key1]: readonly [number, number],
  words: readonly number[],
  tweak: readonly [number, number] = [0, 0],
): readonly [number, number] {
  const v = Int32Array.of(key0, key1 ^ 0xee, key0 ^ 0x6c_79_67_65, key1 ^ 0x74_65_64_62);
  const turn = (index: number, by: number): void => {
    v[index] = (v[index]! << by) | (v[index]! >>> (32 - by));
  };
  const mix = (to: number, from: number, by: number): void => {
    v[to]! += v[from]!;
    turn(from, by);
    v[from]! ^= v[to]!;
  };
  const rounds = (count: number): void => {
    for (let round = 0; round < count; round++) {
      mix(0, 1, 5);
      turn(0, 16);
      mix(2, 3, 8);
      mix(0, 3, 7);
      mix(2, 1, 13);
      turn(2, 16);
    }
  };
  for (const word of words) {
    v[3]! ^= word;
    rounds(compressions);
    v[0]! ^= word;
  }
  v[2]! ^= 0xee;
  v[1]! ^= tweak[0];
  v[3]! ^= tweak[1];
  rounds(finalizations);
  const first = v[1]! ^ v[3]!;
  v[1]! ^= 0xdd;
  rounds(finalizations);
  return [first, v[1]! ^ v[3]!];
}

/** The words of a text, as docs/layout.md takes it in. */
export function wordsOf(text: string): readonly number[] {
  const chars = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  const words: number[] = [];
  const packed = (from: number, count: number, bits: number): number =>
    chars
      .slice(from, from + count)
      .reduce((word, char, index) => word | (char << (index * bits)), 0);
  if (chars.some((char) => char > 0xff)) {
    for (let from = 0; from < chars.length; from += 2) words.push(packed(from, 2, 16));
    return [...words, chars.length | (1 << 31)];
  }
  const whole = chars.length - (chars.length % 4);
  for (let from = 0; from < whole; from += 4) words.push(packed(from, 4, 8));
  return [...words, packed(whole, 4, 8) | (chars.length << 24)];
}
