import { describe, expect, it } from "vitest";

import { createBoundedMap } from "../src/bounded-map.ts";

describe("a bounded map", () => {
  it("forgets its oldest entry for one more, and answers it", () => {
    const map = createBoundedMap<string, number>(2);
    expect(map.set("a", 1)).toBeUndefined();
    expect(map.set("b", 2)).toBeUndefined();
    expect(map.set("c", 3)).toEqual(["a", 1]);
    expect([...map.entries()]).toEqual([
      ["b", 2],
      ["c", 3],
    ]);
    expect([map.size, map.get("a"), map.get("b")]).toEqual([2, undefined, 2]);
  });

  it("takes what is set again for the newest, and forgets nothing for it", () => {
    const map = createBoundedMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    expect(map.set("a", 3)).toBeUndefined();
    expect(map.oldest()).toEqual(["b", 2]);
    expect(map.set("c", 4)).toEqual(["b", 2]);
    expect([...map.entries()]).toEqual([
      ["a", 3],
      ["c", 4],
    ]);
  });

  it.each([
    ["the oldest", 0, [1, 2]],
    ["one in the middle", 1, [0, 2]],
    ["the newest", 2, [0, 1]],
  ])("goes on by age when %s is deleted", (_, gone, left) => {
    const map = createBoundedMap<number, string>(3);
    for (const key of [0, 1, 2]) map.set(key, "");
    map.delete(gone);
    map.delete(gone);
    expect(map.set(3, "")).toBeUndefined();
    const forgotten = [4, 5, 6].map((key) => map.set(key, "")![0]);
    expect(forgotten).toEqual([...left, 3]);
  });

  it("is empty again when all is deleted", () => {
    const map = createBoundedMap<string, number>(1);
    map.set("a", 1);
    map.delete("a");
    expect([map.size, map.oldest()]).toEqual([0, undefined]);
    map.set("b", 2);
    expect(map.oldest()).toEqual(["b", 2]);
  });

  it("forgets at a cap of 100,000 in less than half the time that the first key of a Map takes", () => {
    const cap = 100_000;
    const bounded = createBoundedMap<number, number>(cap);
    const plain = new Map<number, number>();
    const setPlain = (key: number): void => {
      const [oldest] = plain.size >= cap ? plain.keys() : [];
      if (oldest !== undefined) plain.delete(oldest);
      plain.set(key, 0);
    };
    let next = 0;
    while (next < cap) {
      bounded.set(next, 0);
      setPlain(next++);
    }
    const keys = Array.from({ length: 10_000 }, () => next++);
    // Three times in turn, as other processes may be at work, too.
    const times = [1, 2, 3].map((round) => [
      msOf(() => keys.forEach((key) => bounded.set(key + round * cap, 0))),
      msOf(() => keys.forEach((key) => setPlain(key + round * cap))),
    ]);
    const [own, theirs] = [0, 1].map((at) => Math.min(...times.map((each) => each[at]!)));
    expect(own! * 2).toBeLessThan(theirs!);
  });
});

function msOf(work: () => void): number {
  const sinceMs = performance.now();
  work();
  return performance.now() - sinceMs;
}
