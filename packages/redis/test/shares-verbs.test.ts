import { concurrency, slidingWindow, tokenBucket } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { checkShares, shares } from "../src/shares.ts";
import { shareBound } from "../src/shares/rule.ts";
import { claimOf } from "./claims.ts";
import { bench, exact, hot, mixed } from "./shares-bench.ts";

describe("a request under a shared limit and others", () => {
  it("is decided all or none", async () => {
    const { store, counted } = bench();
    const verdicts = [];
    for (let step = 0; step < 7; step++) verdicts.push((await store.reserve(mixed(1))).verdict);
    expect(verdicts).toEqual([...Array.from({ length: 5 }, () => "allowed"), "refused", "refused"]);
    await store.giveBack();
    expect(await counted()).toBe(5);
  });

  it("tells how each limit stands", async () => {
    const { store } = bench();
    expect(await store.reserve(mixed(2))).toMatchObject({
      verdict: "allowed",
      states: [2, 0, 1_100, 0, 2, 0, 1_000, 0],
    });
    expect(await store.reserve(mixed(4))).toMatchObject({
      verdict: "refused",
      states: [2, 0, 1_100, 0, 2, 1_000, 1_000, 0],
    });
    expect(await store.reserve(mixed(99, 1))).toMatchObject({
      verdict: "refused",
      states: [2, 1_100, 1_100, 0, 2, 0, 1_000, 0],
    });
  });

  it("charges nothing when the store cannot decide on the others", async () => {
    const { inner, store, counted } = bench();
    await store.reserve([claimOf(hot, 1)]);
    await Promise.all([store.reserve([claimOf(hot)]), store.reserve([claimOf(hot)])]);
    inner.failure = new Error("connection lost");
    await expect(store.reserve(mixed(1))).rejects.toBe(inner.failure);
    inner.failure = undefined;
    await store.giveBack();
    expect(await counted()).toBe(3);
  });

  it("gives its share back when the store fails at the others", async () => {
    const { inner, store, counted } = bench();
    const lease = { id: "one", expiresAfterMs: 100, repeatable: false };
    await store.reserve([claimOf(hot, 5)], lease);
    await store.settle([claimOf(hot, 5)], { id: "one", amounts: [1], unreported: "estimate" });
    inner.failure = new Error("connection lost");
    await expect(store.reserve(mixed(2))).rejects.toBe(inner.failure);
    inner.failure = undefined;
    await store.giveBack();
    expect(await counted()).toBe(1);
  });

  it("takes no second share of an id that another process was allowed", async () => {
    const { store, another, counted } = bench();
    const lease = { id: "one", expiresAfterMs: 100, repeatable: true };
    const other = another();
    expect(await store.reserve(mixed(1), lease)).toMatchObject({ replayed: false });
    expect(await other.reserve(mixed(1), lease)).toMatchObject({ replayed: true });
    await Promise.all(
      [store, other].map((each) =>
        each.settle(mixed(1), {
          id: "one",
          amounts: [1, 1],
          unreported: "estimate",
        }),
      ),
    );
    await Promise.all([store.giveBack(), other.giveBack()]);
    expect(await counted()).toBe(1);
  });

  it("leaves alone what is not shared", async () => {
    const { inner, store } = bench();
    const claims = [claimOf(exact, 1, "acme")];
    const lease = { id: "one", expiresAfterMs: 100, repeatable: false };
    await store.reserve(claims);
    await store.reserveMany([claims]);
    await store.peek(claims);
    await store.reserve(claims, lease);
    await store.extend(claims, { id: "one", amounts: [1] });
    await store.settle(claims, { id: "one", amounts: [1], unreported: "estimate" });
    await store.adjust(claims, "refund");
    await store.block(claims, 1);
    await store.reset(claims);
    expect(inner.asked).toEqual([
      "reserve",
      "reserveMany 1",
      "peek",
      "lease",
      "extend",
      "settle",
      "adjust",
      "block",
      "reset",
    ]);
  });
});

describe("other verbs of a shared limit", () => {
  it("decide on many in turn", async () => {
    const { store } = bench();
    const outcomes = await store.reserveMany([
      [claimOf(hot, 60)],
      [claimOf(hot, 60)],
      mixed(30, 1),
    ]);
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(["allowed", "refused", "allowed"]);
  });

  it("peek at the server, with what is unused here", async () => {
    const { store, another } = bench();
    await Promise.all([store.reserve([claimOf(hot, 90)]), store.reserve([claimOf(hot, 4)])]);
    expect(await store.peek(mixed(6, 1))).toMatchObject({ verdict: "allowed" });
    expect(await another().peek([claimOf(hot, 7)])).toMatchObject({ verdict: "refused" });
  });

  it("charge and give back by the server", async () => {
    const { store, ask, counted } = bench();
    expect((await store.adjust([claimOf(hot, 100)], "charge")).states).toEqual([100, 0]);
    expect(await ask()).toBe("refused 1100");
    expect((await store.adjust([claimOf(hot, 5)], "refund")).states).toEqual([5, 0]);
    expect(await ask()).toBe("allowed");
    expect(await counted()).toBe(96);
  });

  it("block here at once, elsewhere when the slices have ended", async () => {
    const { clock, store, another, ask } = bench();
    const other = another();
    await Promise.all([ask(3, store), ask(3, store), ask(3, other), ask(3, other)]);
    await store.block([claimOf(hot, 0)], 5_000);
    expect(await ask()).toBe("blocked 5000");
    expect(await ask(0)).toBe("blocked 5000");
    clock.advance(100);
    expect(await ask(1, other)).toBe("blocked 4900");
    await store.block([claimOf(hot, 0)], 0);
    expect(await ask()).toBe("allowed");
  });

  it("forget all, and what slices are still held here too", async () => {
    const { store, ask, counted } = bench();
    await ask(100);
    expect(await ask()).toMatch(/^refused/);
    await store.reset([claimOf(hot, 0)]);
    expect(await counted()).toBe(0);
    expect(await ask(100)).toBe("allowed");
  });
});

describe("what cannot be shared", () => {
  const share = { slice: 10, ttlMs: 100 };

  it.each([
    ["places in flight", concurrency({ name: "l", limit: 9, per: [] }), "cannot be shared"],
    [
      "a window shorter than the lifetime",
      slidingWindow({ name: "l", limit: 9, window: 50, per: [] }),
      "at most the window of 50 ms",
    ],
    [
      "a bucket that refills in the lifetime",
      tokenBucket({ name: "l", capacity: 10, refill: 1, every: 9, per: [] }),
      "less than the 10 units take to refill",
    ],
  ])("is %s", async (_, limit, message) => {
    const { inner } = bench();
    const store = shares(inner, { shares: new Map([["l", share]]) });
    await expect(store.reserve([claimOf(limit)])).rejects.toThrow(message);
    expect(() => shareBound(limit.termsFor({}), share)).toThrow(message);
  });

  it("says what sharing guarantees", () => {
    expect(shareBound(hot.termsFor({}), share)).toEqual({
      limit: "hot",
      overGrant: 0,
      usable: 1_000 / 1_100,
      heldUnused: 160,
      idleReturnMs: 750,
      deadReturnMs: 1_100,
      seenAfterMs: 100,
      because: "a slice counts for the window and its lifetime",
    });
  });

  it.each([
    [undefined, "redisStore: shares must be an object"],
    [
      { hot: { slice: 0, ttl: "1s" } },
      "redisStore: shares: hot: slice must be a positive integer, got 0",
    ],
    [{ hot: { slice: 5, ttl: 9 } }, "redisStore: shares: hot: ttl must be at least 10 ms, got 9"],
    [{ hot: { slice: 5, ttl: "0s" } }, "redisStore: shares: hot: ttl must be a positive duration"],
    [{ hot: { slice: 5, ttl: "1s", share: 1 } }, "redisStore: shares: hot: option must be one of"],
  ])("is what is said wrongly: %o", (given, message) => {
    // @ts-expect-error -- what a program without types may say
    expect(() => checkShares(given, "redisStore: shares")).toThrow(message);
  });

  it("takes what is said rightly", () => {
    const checked = checkShares({ hot: { slice: 50, ttl: "250ms" } }, "shares");
    expect([...checked]).toEqual([["hot", { slice: 50, ttlMs: 250 }]]);
  });
});
