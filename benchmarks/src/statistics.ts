/** A median with the lowest and the highest of the values it stands for. */
export interface Spread {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The middle of `values`, of which there must be one; between the two in the middle when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median of `values` with the lowest and the highest. */
export function spreadOf(values: readonly number[]): Spread {
  return { value: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/** `dividends` over `divisors`, pair by pair: what slows a whole round cancels out. Rounds that lack one of them are left out. */
export function ratiosOf(
  dividends: ReadonlyMap<number, number>,
  divisors: ReadonlyMap<number, number>,
): number[] {
  return [...dividends].flatMap(([round, dividend]) => {
    const divisor = divisors.get(round);
    return divisor === undefined ? [] : [dividend / divisor];
  });
}

/** The value that a `share` of `samples` does not exceed, by rank. Sorts `samples`. */
export function quantile(samples: Float64Array, share: number): number {
  samples.sort();
  return samples[Math.max(0, Math.ceil(samples.length * share) - 1)]!;
}
