import { describe, expect, it } from "vitest";

import { eachKey, oneKey, uniformKeys, zipfKeys } from "../src/key-order.ts";

it("asks for each key once, or for one key only", () => {
  expect([...eachKey(4)]).toEqual([0, 1, 2, 3]);
  expect([...oneKey(3)]).toEqual([0, 0, 0]);
});

describe.each([
  ["uniform", uniformKeys],
  ["Zipf", zipfKeys],
])("%s keys", (_, draw) => {
  it("are keys that there are, and depend on the seed alone", () => {
    const order = draw(100, 5000, 1);
    expect(order.length).toBe(5000);
    expect(order.every((key) => key < 100)).toBe(true);
    expect(new Set(order).size).toBe(100);
    expect(draw(100, 5000, 1)).toEqual(order);
    expect(draw(100, 5000, 2)).not.toEqual(order);
  });
});

it("draws Zipf's most popular keys by 1, 1/2, 1/3 …", () => {
  const counts = new Map<number, number>();
  for (const key of zipfKeys(1000, 200_000, 1)) counts.set(key, (counts.get(key) ?? 0) + 1);
  const [first, second, third] = [...counts.values()].toSorted((a, b) => b - a);
  const harmonic = Array.from({ length: 1000 }, (_, rank) => 1 / (rank + 1)).reduce(
    (a, b) => a + b,
  );
  expect(first! / 200_000).toBeCloseTo(1 / harmonic, 2);
  expect(first! / second!).toBeCloseTo(2, 0);
  expect(first! / third!).toBeCloseTo(3, 0);
});
