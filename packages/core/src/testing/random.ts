/** Draws that depend on the seed alone. */
export interface Random {
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** One of `choices`. */
  pick<T>(choices: readonly T[]): T;
  /** True once in `n` draws. */
  oneIn(n: number): boolean;
}

/** A generator of draws from `seed`: mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const fraction = (): number => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (low: number, high: number): number =>
    low + Math.floor(fraction() * (high - low + 1));
  return {
    integer,
    pick: (choices) => choices[integer(0, choices.length - 1)]!,
    oneIn: (n) => integer(1, n) === 1,
  };
}
