import { seededRandom } from "@sluice/core/testing";

/** Numbers of the keys to ask for, drawn before anything is measured. */
export type KeyOrder = Uint32Array;

/** Every one of `keys`, in turn. */
export function eachKey(keys: number): KeyOrder {
  return new Uint32Array(keys).map((_, index) => index);
}

/** `calls` to one key. */
export function oneKey(calls: number): KeyOrder {
  return new Uint32Array(calls);
}

/** `calls` to any of `keys`, each as likely as another. */
export function uniformKeys(keys: number, calls: number, seed: number): KeyOrder {
  const random = seededRandom(seed);
  return new Uint32Array(calls).map(() => random.integer(0, keys - 1));
}

/** `calls` to `keys` by Zipf's law with exponent 1: the n-th most asked for gets 1/n of the first's share. */
export function zipfKeys(keys: number, calls: number, seed: number): KeyOrder {
  const random = seededRandom(seed);
  const upTo = new Float64Array(keys);
  let sum = 0;
  for (let rank = 0; rank < keys; rank++) upTo[rank] = sum += 1 / (rank + 1);
  const step = scatterStep(keys);
  return new Uint32Array(calls).map(() => {
    const rank = firstAbove(upTo, (random.integer(0, 2 ** 30 - 1) / 2 ** 30) * sum);
    return (rank * step) % keys;
  });
}

/** Keeps the popular keys from lying side by side in memory, as they would not in life. */
function scatterStep(keys: number): number {
  const prime = 15_485_863;
  return keys % prime === 0 ? 1 : prime;
}

function firstAbove(upTo: Float64Array, point: number): number {
  let low = 0;
  let high = upTo.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (upTo[middle]! > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
