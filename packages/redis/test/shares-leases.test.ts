import type { LeaseRequest, Limit } from "@sluice/core";
import { slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { claimOf } from "./claims.ts";
import { bench, exact, hot, mixed } from "./shares-bench.ts";

const leaseOf = (id: string, repeatable = false, expiresAfterMs = 5_000): LeaseRequest => ({
  id,
  expiresAfterMs,
  repeatable,
});

const settlement = (id: string, ...amounts: (number | undefined)[]) =>
  ({ id, amounts, unreported: "estimate" }) as const;

describe("a lease of a shared limit", () => {
  it("gives back to its slice what it did not use", async () => {
    const { store, ask, counted } = bench();
    const claims = [claimOf(hot, 100)];
    expect((await store.reserve(claims, leaseOf("one"))).verdict).toBe("allowed");
    expect(await ask()).toMatch(/^refused/);
    expect(await store.settle(claims, settlement("one", 40))).toMatchObject({
      applied: true,
      states: [40, 0],
    });
    expect(await ask(60)).toBe("allowed");
    expect(await ask()).toMatch(/^refused/);
    expect(await counted()).toBe(100);
  });

  it("gives back to the server what it did not use of a slice whose lifetime is over", async () => {
    const { clock, store, ask, counted } = bench();
    const claims = [claimOf(hot, 100)];
    await store.reserve(claims, leaseOf("one"));
    clock.advance(300);
    expect(await ask()).toMatch(/^refused/);
    expect(await counted()).toBe(100);
    await store.settle(claims, settlement("one", 40));
    expect(await ask(60)).toBe("allowed");
    expect(await counted()).toBe(100);
  });

  it("takes what it used above its estimate, here or from the server", async () => {
    const { store, ask, counted } = bench();
    const claims = [claimOf(hot, 4)];
    await Promise.all([store.reserve(claims, leaseOf("one")), ask(3), ask(3)]);
    await store.extend(claims, { id: "one", amounts: [3] });
    await store.extend(claims, { id: "one", amounts: [4] });
    expect(await counted()).toBe(13);
    const settled = await store.settle(claims, settlement("one", 200));
    expect(settled).toMatchObject({ applied: true, states: [200, 106] });
    expect(await counted()).toBe(206);
  });

  it("changes nothing when what it used above cannot be charged", async () => {
    const { inner, store, counted } = bench();
    const claims = [claimOf(hot, 4)];
    await store.reserve(claims, leaseOf("one"));
    inner.failure = new Error("connection lost");
    await expect(store.settle(claims, settlement("one", 50))).rejects.toBe(inner.failure);
    inner.failure = undefined;
    expect((await store.settle(claims, settlement("one", 50))).states).toEqual([50, 0]);
    expect(await counted()).toBe(50);
  });

  it("settles once", async () => {
    const { store, counted } = bench();
    const claims = [claimOf(hot, 20)];
    await store.reserve(claims, leaseOf("one", true));
    await store.settle(claims, settlement("one", 5));
    expect(await store.settle(claims, settlement("one", 1))).toMatchObject({ applied: false });
    expect(await store.settle(claims, settlement("two", 1))).toMatchObject({ applied: false });
    await store.giveBack();
    expect(await counted()).toBe(5);
  });

  it.each([
    ["charge-used", 7],
    ["charge-estimate", 20],
    ["refund", 0],
  ] as const)("that expires is charged by its rule, %s", async (onExpiry, charged) => {
    const { clock, store, counted } = bench();
    const limit: Limit = slidingWindow({
      name: "hot",
      limit: 100,
      window: "1s",
      per: [],
      onExpiry,
    });
    const claims = [claimOf(limit, 20)];
    await store.reserve(claims, leaseOf("one", false, 50));
    await store.extend(claims, { id: "one", amounts: [7] });
    clock.advance(50);
    // A sign of life that comes too late, and finds that it has expired.
    const late = await store.extend(claims, { id: "one", amounts: [0] });
    expect(late).toMatchObject({ applied: true, expired: 1 });
    await store.giveBack();
    expect(await counted()).toBe(Math.max(charged, 7));
  });

  it("is the same decision when its id comes again", async () => {
    const { store, counted } = bench();
    const claims = [claimOf(hot, 60)];
    const first = await store.reserve(claims, leaseOf("one", true));
    const again = await store.reserve(claims, leaseOf("one", true));
    expect([first.replayed, again.replayed]).toEqual([false, true]);
    expect([first.verdict, again.verdict]).toEqual(["allowed", "allowed"]);
    expect(await counted()).toBe(60);
    const other = store.reserve([claimOf(hot, 61)], leaseOf("one", true));
    await expect(other).rejects.toMatchObject({ code: "id-conflict" });
  });

  it("leaves its id free when nothing of it was used", async () => {
    const { store, counted } = bench();
    const claims = [claimOf(hot, 60)];
    await store.reserve(claims, leaseOf("one", true));
    await store.settle(claims, { id: "one", amounts: [], unreported: "nothing" });
    expect((await store.reserve(claims, leaseOf("one", true))).replayed).toBe(false);
    expect(await counted()).toBe(60);
  });

  it("is refused when there is no room for one more", async () => {
    const { store } = bench({ leases: 1 });
    const claims = [claimOf(hot)];
    expect((await store.reserve(claims, leaseOf("one"))).verdict).toBe("allowed");
    expect((await store.reserve(claims, leaseOf("two"))).verdict).toBe("full");
  });
});

describe("a lease of a shared limit and others", () => {
  it("settles both parts", async () => {
    const { store, another, counted } = bench();
    const claims = mixed(50, 2);
    expect((await store.reserve(claims, leaseOf("one"))).verdict).toBe("allowed");
    const extended = await store.extend(claims, { id: "one", amounts: [60, 1] });
    expect(extended).toMatchObject({ applied: true, states: [60, 0, 2, 0] });
    const settled = await store.settle(claims, settlement("one", 10, 1));
    expect(settled).toMatchObject({ applied: true, states: [10, 0, 1, 0] });
    await store.giveBack();
    expect(await counted()).toBe(10);
    const { states } = await another().peek([claimOf(exact, 0, "acme")]);
    expect(states[0]).toBe(1);
  });

  it("is known by its id to every process", async () => {
    const { store, another, ask, counted } = bench();
    const other = another();
    await store.reserve(mixed(60, 1), leaseOf("one", true));
    expect(await other.reserve(mixed(60, 1), leaseOf("one", true))).toMatchObject({
      verdict: "allowed",
      replayed: true,
    });
    expect(await ask(50, other)).toMatch(/^refused/);
    expect(await other.reserve(mixed(60, 1), leaseOf("one", true))).toMatchObject({
      verdict: "allowed",
      replayed: true,
    });
    await other.giveBack();
    expect(await counted()).toBe(60);
    const settled = await other.settle(mixed(60, 1), settlement("one", 5, 0));
    expect(settled).toMatchObject({ applied: true, states: [60, 0, 0, 0] });
    expect((await store.settle(mixed(60, 1), settlement("one", 5, 0))).applied).toBe(false);
  });

  it("leaves nothing behind where the shared part refuses", async () => {
    const { store, another, ask } = bench();
    await ask(100);
    await ask();
    const refused = await store.reserve(mixed(1), leaseOf("one", true));
    expect(refused).toMatchObject({ verdict: "refused", replayed: false });
    const { states } = await another().peek([claimOf(exact, 0, "acme")]);
    expect(states[0]).toBe(0);
  });
});
