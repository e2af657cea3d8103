/** In the last word of a text that was taken in by two characters. */
const wideBit = 1 << 31;

/** The state of a keyed hash, as four 32-bit words, before and after text was taken in. */
export interface Hasher {
  /** The two words of the last `finish`. */
  a: number;
  b: number;
  readonly key: Int32Array;
  readonly state: Int32Array;
}

/**
 * HalfSipHash-1-3 with 64 bits of result (Aumasson and Bernstein, SipHash, 2012): who does not know the key cannot make values
 * that collide.
 */
export function createHasher(key0: number, key1: number): Hasher {
  const key = Int32Array.of(key0, key1 ^ 0xee, key0 ^ 0x6c_79_67_65, key1 ^ 0x74_65_64_62);
  return { a: 0, b: 0, key, state: new Int32Array(4) };
}

/**
 * Takes in `text`: four characters to a word where none is above U+00FF, else two, and a last word of those left over and the length, with
 * a bit that tells the two ways apart.
 */
export function absorb(hasher: Hasher, text: string): void {
  const { key, state } = hasher;
  let v0 = key[0]!;
  let v1 = key[1]!;
  let v2 = key[2]!;
  let v3 = key[3]!;
  const { length } = text;
  let seen = 0;
  for (let index = 0; index <= length; index += 4) {
    let word = 0;
    if (index + 3 < length) {
      const c0 = text.charCodeAt(index);
      const c1 = text.charCodeAt(index + 1);
      const c2 = text.charCodeAt(index + 2);
      const c3 = text.charCodeAt(index + 3);
      seen |= c0 | c1 | c2 | c3;
      word = c0 | (c1 << 8) | (c2 << 16) | (c3 << 24);
    } else {
      word = length << 24;
      for (let left = index, by = 0; left < length; left++, by += 8) {
        const char = text.charCodeAt(left);
        seen |= char;
        word |= char << by;
      }
    }
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  if (seen > 0xff) return absorbWide(hasher, text);
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}

function absorbWide({ key, state }: Hasher, text: string): void {
  state.set(key);
  const { length } = text;
  for (let index = 0; index < length; index += 2) {
    const second = index + 1 < length ? text.charCodeAt(index + 1) : 0;
    take(state, text.charCodeAt(index) | (second << 16));
  }
  take(state, length | wideBit);
}

function take(state: Int32Array, word: number): void {
  let [v0 = 0, v1 = 0, v2 = 0, v3 = 0] = state;
  v3 ^= word;
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v0 = (v0 << 16) | (v0 >>> 16);
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
  state[0] = v0 ^ word;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}

/** Hashes what was taken in, tweaked by two words, into `a` and `b`. */
export function finish(hasher: Hasher, word0: number, word1: number): void {
  const { state } = hasher;
  let v0 = state[0]!;
  let v1 = state[1]! ^ word0;
  let v2 = state[2]! ^ 0xee;
  let v3 = state[3]! ^ word1;
  // Three rounds for each half of the result.
  for (let round = 0; round < 6; round++) {
    if (round === 3) {
      hasher.a = v1 ^ v3;
      v1 ^= 0xdd;
    }
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  hasher.b = v1 ^ v3;
}
