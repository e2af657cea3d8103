import { expect, it } from "vitest";

import { virtualTime } from "./virtual-time.ts";

it("fires in order of time, then of setting, with all promises settled between", async () => {
  const time = virtualTime();
  const start = time.now();
  const seen: string[] = [];
  const note = (what: string): void => void seen.push(`${what}@${time.now() - start}`);
  time.after(50, () => note("c"));
  time.after(10, () => {
    note("a");
    void Promise.resolve()
      .then(() => {})
      .then(() => note("a's promise"));
  });
  time.after(10, () => note("b"));
  const cancel = time.after(20, () => note("never"));
  cancel();
  cancel();
  void time.sleep(3_600_000).then(() => note("hour"));

  expect(time.pending()).toBe(4);
  await time.advance(49);
  expect(time.now() - start).toBe(49);
  expect(seen).toEqual(["a@10", "a's promise@10", "b@10"]);
  await time.settle();
  expect(seen.slice(3)).toEqual(["c@50", "hour@3600000"]);
  expect(time.pending()).toBe(0);
});

it("runs ten thousand timers in the order of a sort", async () => {
  const time = virtualTime(7);
  const start = time.now();
  const seen: number[] = [];
  for (let index = 0; index < 10_000; index++) {
    time.after(1 + Math.floor(time.random() * 5_000), () => seen.push(time.now() - start));
  }
  await time.settle();
  expect(seen).toHaveLength(10_000);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

it("says when something waits for ever", async () => {
  const time = virtualTime();
  const again = (): void => void time.after(1_000, again);
  again();
  await expect(time.settle(10_000)).rejects.toThrow("1 timers still wait after 10000 ms");
});
