import { createWatchdog } from "@sluice/client-fetch";
import { expect, it } from "vitest";

import { virtualTime } from "../virtual-time.ts";

function watched(options: { readonly firstTokenMs?: number; readonly sinceMs?: number } = {}) {
  const time = virtualTime();
  const stalls: number[] = [];
  const startMs = time.now();
  const dog = createWatchdog({
    timing: time,
    firstTokenMs: options.firstTokenMs ?? 1_000,
    betweenTokensMs: 300,
    endMs: 50,
    sentAtMs: startMs - (options.sinceMs ?? 0),
    onStall: () => stalls.push(time.now() - startMs),
  });
  return { time, dog, stalls };
}

it("waits for the first content as long as it may take, from when the request was sent", async () => {
  const { time, dog, stalls } = watched({ sinceMs: 400 });
  dog.waiting();
  await time.advance(599);
  expect(stalls).toEqual([]);
  await time.advance(1_000);
  expect([stalls, time.pending()]).toEqual([[600], 0]);
});

it("takes no comment and no ping for content", async () => {
  const { time, dog, stalls } = watched();
  for (let pings = 0; pings < 20; pings++) {
    dog.waiting();
    await time.advance(100);
    dog.came(false);
  }
  expect(stalls).toEqual([1_000]);
});

it("waits anew after every piece of content", async () => {
  const { time, dog, stalls } = watched();
  for (let pieces = 0; pieces < 20; pieces++) {
    dog.waiting();
    await time.advance(299);
    dog.came(true);
  }
  expect(stalls).toEqual([]);
  dog.waiting();
  await time.advance(300);
  expect(stalls).toEqual([20 * 299 + 300]);
});

it("does not count the time in which nothing is waited for, and holds no timer then for longer than its limit", async () => {
  const { time, dog, stalls } = watched();
  dog.waiting();
  dog.came(true);
  await time.advance(3_600_000);
  expect(time.pending()).toBe(0);
  dog.waiting();
  await time.advance(200);
  dog.came(false);
  await time.advance(3_600_000);
  dog.waiting();
  await time.advance(99);
  expect(stalls).toEqual([]);
  await time.advance(1);
  expect(stalls).toHaveLength(1);
});

it("waits less for the end of an answer that has said that it ends, and never longer than before", async () => {
  const { time, dog, stalls } = watched({ firstTokenMs: 20 });
  dog.ending();
  dog.waiting();
  await time.advance(20);
  expect(stalls).toEqual([20]);
  const other = watched();
  other.dog.waiting();
  other.dog.came(true);
  other.dog.ending();
  other.dog.waiting();
  await other.time.advance(1_000);
  expect(other.stalls).toEqual([50]);
});

it("waits for ever where it is told to, and from the first content on no longer", async () => {
  const { time, dog, stalls } = watched({ firstTokenMs: Number.POSITIVE_INFINITY });
  dog.waiting();
  await time.advance(3_600_000);
  expect([stalls, time.pending()]).toEqual([[], 0]);
  dog.came(true);
  dog.waiting();
  await time.advance(300);
  expect(stalls).toEqual([3_600_300]);
});

it("holds no timer and calls nobody once it has stopped or called", async () => {
  const { time, dog, stalls } = watched();
  dog.waiting();
  dog.stop();
  dog.waiting();
  await time.advance(3_600_000);
  expect([stalls, time.pending()]).toEqual([[], 0]);
  const other = watched();
  other.dog.waiting();
  await other.time.advance(1_000);
  other.dog.came(true);
  other.dog.waiting();
  await other.time.advance(3_600_000);
  expect([other.stalls, other.time.pending()]).toEqual([[1_000], 0]);
});

it("sets a timer now and then, and not for every piece", () => {
  const time = virtualTime();
  let set = 0;
  const timing = {
    ...time,
    after: (ms: number, done: () => void) => (set++, time.after(ms, done)),
  };
  const limits = { firstTokenMs: 1_000, betweenTokensMs: 300, endMs: 50 };
  const dog = createWatchdog({ timing, ...limits, onStall: () => undefined });
  for (let pieces = 0; pieces < 1_000; pieces++) {
    dog.waiting();
    expect(time.pending()).toBe(1);
    dog.came(pieces % 2 === 0);
  }
  expect(set).toBeLessThanOrEqual(2);
});
