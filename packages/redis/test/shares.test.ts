import { slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { claimOf } from "./claims.ts";
import { bench } from "./shares-bench.ts";

const leases = (asked: readonly string[]): number =>
  asked.filter((verb) => verb === "lease").length;

describe("a shared limit", () => {
  it("is decided here while a slice lasts, and asks for as many as wait", async () => {
    const { inner, store, ask } = bench();
    expect(await Promise.all(Array.from({ length: 10 }, () => ask()))).toEqual(
      Array.from({ length: 10 }, () => "allowed"),
    );
    expect(leases(inner.asked)).toBe(1);
    expect(store.counts()).toEqual({ local: 0, waited: 10, refills: 1 });
  });

  it("is decided at once where this process holds enough, of what it takes ahead", async () => {
    const { clock, inner, store, ask } = bench();
    for (let step = 0; step < 60; step++) {
      expect(await ask()).toBe("allowed");
      clock.advance(15);
    }
    const { local, waited, refills } = store.counts();
    expect(local + waited).toBe(60);
    expect(waited).toBeLessThan(12);
    expect(refills).toBe(leases(inner.asked));
    expect(refills).toBeLessThan(25);
  });

  it("takes slices as large as what is used in their lifetime, and no larger than it may", async () => {
    const { clock, inner, store, ask } = bench();
    for (let step = 0; step < 40; step++) {
      await ask();
      clock.advance(20);
    }
    // Five in a slice's lifetime.
    const slow = leases(inner.asked);
    expect(slow).toBeGreaterThan(6);
    expect(slow).toBeLessThan(25);
    await store.giveBack();
  });

  it("admits no more than the limit, and is refused with the wait that the server tells", async () => {
    const { clock, store, another, ask } = bench();
    const other = another();
    let admitted = 0;
    for (let step = 0; step < 80; step++) {
      if ((await ask(1, store)) === "allowed") admitted++;
      if ((await ask(1, other)) === "allowed") admitted++;
      clock.advance(1);
    }
    // Either may hold some of the last unused.
    expect(admitted).toBeGreaterThan(90);
    expect(admitted).toBeLessThanOrEqual(100);
    const wait = /^refused (\d+)$/.exec(await ask(50))!;
    // A slice counts for its lifetime longer: 1,100 ms from when it was taken.
    expect(Number(wait[1])).toBeGreaterThan(1_000);
    expect(Number(wait[1])).toBeLessThanOrEqual(1_100);
  });

  it("does not ask again for each request that is refused", async () => {
    const { clock, inner, ask } = bench();
    await ask(100);
    expect(await ask()).toMatch(/^refused/);
    inner.asked.length = 0;
    for (let step = 0; step < 500; step++) {
      expect(await ask()).toMatch(/^refused/);
      clock.advance(1);
    }
    expect(leases(inner.asked)).toBeLessThan(15);
  });

  it("is allowed again when the server has room", async () => {
    const { clock, ask } = bench();
    await ask(100);
    expect(await ask()).toBe("refused 1100");
    clock.advance(1_000);
    expect(await ask()).toBe("refused 100");
    clock.advance(99);
    expect(await ask()).toBe("refused 1");
    clock.advance(1);
    expect(await ask()).toBe("allowed");
  });

  it("asks for a smaller cost although a greater one was refused", async () => {
    const { ask } = bench();
    await ask(60);
    expect(await ask(50)).toMatch(/^refused/);
    expect(await ask(40)).toBe("allowed");
  });

  it("takes what there is where there is less than a slice", async () => {
    const { ask, counted } = bench();
    await ask(95);
    expect(await Promise.all(Array.from({ length: 7 }, () => ask()))).toEqual([
      ...Array.from({ length: 5 }, () => "allowed"),
      "refused 1100",
      "refused 1100",
    ]);
    expect(await counted()).toBe(100);
  });

  it("never fits a cost above the limit, whoever has it", async () => {
    const { inner, ask } = bench();
    expect(await ask(101)).toBe("refused Infinity");
    expect(inner.asked).toEqual([]);
  });

  it("sends one refill at a time, whoever waits", async () => {
    const { inner, ask } = bench();
    let open = 0;
    let most = 0;
    inner.beforeAnswer = async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
    };
    const all = await Promise.all(Array.from({ length: 90 }, () => ask()));
    expect(all).toEqual(Array.from({ length: 90 }, () => "allowed"));
    const settles = inner.asked.length - leases(inner.asked);
    expect(most).toBeLessThanOrEqual(1 + settles);
    expect(leases(inner.asked)).toBeLessThan(12);
  });

  it("lets so many wait and no more", async () => {
    const { ask } = bench({ waiting: 3 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask()));
    expect(answers).toEqual(["allowed", "allowed", "allowed", "full 0", "full 0"]);
  });

  it("gives back what it does not use, when it is told to or asked after its lifetime", async () => {
    const { clock, store, ask, counted } = bench();
    await Promise.all([ask(4), ask(4), ask(1)]);
    await store.giveBack();
    expect(await counted()).toBe(9);
    await Promise.all([ask(3), ask(3), ask(3)]);
    clock.advance(100);
    expect(await ask(80)).toBe("allowed");
    expect(await counted()).toBe(98);
  });

  it("gives back what it has yet to be granted, and waits until the server has answered", async () => {
    const { clock, inner, store, ask, counted } = bench();
    let open = 0;
    inner.beforeAnswer = async () => {
      open++;
      await new Promise((resolve) => setImmediate(resolve));
      open--;
    };
    let isRefilling = false;
    let asked = 0;
    for (const several of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      for (let step = 0; step < several; step++) {
        clock.advance(15);
        expect(await ask()).toBe("allowed");
        asked++;
      }
      isRefilling ||= open > 0;
      await store.giveBack();
      expect(open).toBe(0);
      expect(await counted()).toBe(asked);
    }
    expect(isRefilling).toBe(true);
  });

  it("fails those who wait for a refill that fails, and gives back what may have come of it", async () => {
    const { inner, ask, counted } = bench();
    const lost = new Error("connection lost");
    // Decided by the server, and never heard.
    inner.beforeAnswer = () => {
      inner.beforeAnswer = () => {};
      throw lost;
    };
    const failed = await Promise.allSettled([ask(), ask()]);
    expect(failed).toEqual([
      { status: "rejected", reason: lost },
      { status: "rejected", reason: lost },
    ]);
    expect(await counted()).toBe(2);
    expect(await ask()).toBe("allowed");
    expect(await counted()).toBe(1);
  });

  it("uses no slice that comes when its lifetime is over", async () => {
    const { clock, inner, ask, counted } = bench();
    inner.beforeAnswer = () => clock.advance(100);
    expect(await ask()).toBe("full 0");
    inner.beforeAnswer = () => {};
    expect(await counted()).toBe(0);
  });

  it("lives on what it has when the limit changes, and takes more by the new one", async () => {
    const { store, ask } = bench();
    await ask(100);
    expect(await ask()).toMatch(/^refused/);
    const raised = slidingWindow({ name: "hot", limit: 101, window: "1s", per: [] });
    expect((await store.reserve([claimOf(raised)])).verdict).toBe("allowed");
    expect((await store.reserve([claimOf(raised)])).verdict).toBe("refused");
  });

  it("knows a bounded number of counts, and forgets those that hold nothing", async () => {
    const { store } = bench({ keys: 2 });
    const per = slidingWindow({ name: "hot", limit: 3, window: "1s", per: ["tenant"] });
    const verdictOf = async (tenant: string, cost: number): Promise<string> =>
      (await store.reserve([claimOf(per, cost, tenant)])).verdict;
    expect(await verdictOf("a", 3)).toBe("allowed");
    expect(await verdictOf("b", 3)).toBe("allowed");
    expect(await verdictOf("c", 3)).toBe("allowed");
    expect(await verdictOf("a", 1)).toBe("refused");
  });
});
