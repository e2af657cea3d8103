import { describe, expect, it } from "vitest";

import { checkedClasses, type Classes } from "../../src/queue/classes.ts";
import { createFairQueue, type FairQueue, type Queued } from "../../src/queue/fair-queue.ts";

interface Named extends Queued {
  readonly name: string;
}

function queueOf(classes: Classes): FairQueue<Named> {
  return createFairQueue<Named>(checkedClasses(classes), 30_000);
}

function named(name: string, classIndex: number, cost: number, sinceMs = 0): Named {
  return {
    name,
    classIndex,
    cost,
    sinceMs,
    before: undefined,
    behind: undefined,
    isQueued: false,
  };
}

const all = (): boolean => true;

/** Serves everyone, at one time, and tells in which order. */
function order(queue: FairQueue<Named>, nowMs = 0): string {
  const names: string[] = [];
  for (let item = queue.next(nowMs, all); item !== undefined; item = queue.next(nowMs, all)) {
    queue.serve(item);
    names.push(item.name);
  }
  return names.join("");
}

/** The order of two classes served alike so far, where the one of `b` has waited since then. */
function orderAt(sinceMs: number): string {
  const queue = queueOf({ a: {}, b: {} });
  for (let index = 0; index < 80; index++) queue.push(named("", index % 2, 10, 100_000));
  // So that the usual cost is known.
  for (let index = 0; index < 60; index++) queue.serve(queue.next(100_000, all)!);
  for (const item of queue.items()) queue.remove(item);
  queue.push(named("x", 0, 1, 100_000));
  queue.push(named("a", 0, 9, 100_000));
  queue.push(named("b", 1, 10, sinceMs));
  return order(queue, 100_000);
}

describe("turns", () => {
  it("go by weight and tokens, and to the first class between equals", () => {
    const queue = queueOf({ a: { weight: 2 }, b: { weight: 1 } });
    for (let index = 0; index < 6; index++) queue.push(named("a", 0, 10));
    for (let index = 0; index < 3; index++) queue.push(named("b", 1, 10));
    expect(order(queue)).toBe("abaabaaba");
  });

  it("of whoever has waited for as long as aging says come one call earlier", () => {
    expect(orderAt(100_000)).toBe("xba");
    expect(orderAt(70_000)).toBe("bxa");
  });

  it("leave out who may not go", () => {
    const queue = queueOf({ a: {}, b: {} });
    queue.push(named("a", 0, 1));
    queue.push(named("b", 1, 1));
    expect(queue.next(0, (index) => index === 1)?.name).toBe("b");
    expect(queue.next(0, () => false)).toBeUndefined();
  });

  it("are bought with no more than eight calls of credit by whoever was away", () => {
    const queue = queueOf({ a: {}, b: {} });
    for (let index = 0; index < 100; index++) queue.push(named("b", 1, 10));
    for (let index = 0; index < 80; index++) queue.serve(queue.next(0, all)!);
    for (let index = 0; index < 30; index++) queue.push(named("a", 0, 10));
    const names = order(queue);
    expect(names.indexOf("b")).toBeGreaterThanOrEqual(7);
    expect(names.indexOf("b")).toBeLessThanOrEqual(9);
  });
});

it("counts calls and tokens of each class, whoever leaves from the middle", () => {
  const queue = queueOf({ a: {}, b: {} });
  const items = [1, 2, 3, 4].map((cost) => named(String(cost), 0, cost));
  for (const item of items) queue.push(item);
  queue.push(named("b", 1, 50));
  queue.remove(items[1]!);
  queue.remove(items[3]!);
  expect([queue.size, queue.count(0), queue.cost(0), queue.cost(1)]).toEqual([3, 2, 4, 50]);
  expect(queue.items().map(({ name }) => name)).toEqual(["1", "3", "b"]);
  expect(queue.lastBehind(0)?.name).toBe("b");
  expect(queue.lastBehind(1)).toBeUndefined();
  queue.push(named("5", 0, 5));
  expect(order(queue)).toBe("1b35");
});
