import { type Claim, memoryStore } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { createKnownIds } from "../../src/guard/known-ids.ts";
import { createOutbox } from "../../src/guard/outbox.ts";
import { later } from "../later.ts";
import { claim, inflight, pause, recovered, rpm, tpm, used, world } from "./world.ts";

const one = [claim(rpm, 1)];
const lease = { id: "one", expiresAfterMs: 60_000, repeatable: true };

describe("an answer that comes late", () => {
  it("leaves a lease alone that was granted before, by whoever asked for it", async () => {
    const { exact, store, guarded } = world({ failure: "refuse" });
    exact.reserve(one, lease);
    store.delayMs = 60;
    expect(await guarded.reserve(one, lease)).toMatchObject({ verdict: "full" });
    store.delayMs = 0;
    await pause(100);
    await recovered(guarded);
    expect([exact.size().live, ...used(exact, rpm)]).toEqual([1, 1]);
  });

  it("leaves a lease alone that was asked for again meanwhile", async () => {
    const { exact, store, guarded } = world({ failure: "refuse" });
    store.delayMs = 400;
    const first = guarded.reserve(one, lease);
    store.delayMs = 0;
    expect(await first).toMatchObject({ verdict: "full" });
    await recovered(guarded);
    expect(await guarded.reserve(one, lease)).toMatchObject({ verdict: "allowed" });
    await pause(450);
    await recovered(guarded);
    expect([exact.size().live, ...used(exact, rpm)]).toEqual([1, 1]);
  });

  it("of what was granted here, too, gives nothing back", async () => {
    const { exact, store, guarded } = world();
    store.delayMs = 60;
    expect(await guarded.reserve(one)).toMatchObject({ verdict: "allowed", degraded: "local" });
    await pause(100);
    store.delayMs = 0;
    await recovered(guarded);
    expect(used(exact, rpm)).toEqual([1]);
    expect(guarded.bound().late).toBe(0);
  });
});

describe("what is owed to a store", () => {
  it("is not a refund that it may have made", async () => {
    const { exact, store, guarded } = world();
    exact.adjust([claim(rpm, 3)], "charge");
    store.fault = "charges, then rejects";
    await guarded.adjust(one, "refund");
    store.fault = "none";
    await recovered(guarded);
    expect(used(exact, rpm)).toEqual([2]);
  });

  it("is not what a late answer charged, once it may have been given back", async () => {
    const { exact, store, guarded } = world({ failure: "refuse" });
    exact.adjust([claim(rpm, 3)], "charge");
    store.delayMs = 60;
    expect(await guarded.reserve(one)).toMatchObject({ verdict: "full" });
    expect(used(exact, rpm)).toEqual([4]);
    let times = 0;
    const adjust = store.adjust.bind(store);
    store.adjust = async (...asked) => {
      const done = await adjust(...asked);
      if (times++ === 0) throw store.error;
      return done;
    };
    store.delayMs = 0;
    await pause(100);
    await recovered(guarded);
    expect([times, ...used(exact, rpm)]).toEqual([1, 3]);
  });

  it("is what is left of a block", async () => {
    const { exact, store, guarded } = world();
    store.fault = "rejects";
    await guarded.block(one, 1_000);
    await pause(200);
    store.fault = "none";
    await recovered(guarded);
    const { verdict, states } = exact.peek(one);
    expect(verdict).toBe("blocked");
    expect(states[3]).toBeLessThanOrEqual(800);
  });

  it("is no charge that would fail again", async () => {
    const { store, guarded } = world();
    store.fault = "rejects";
    await guarded.reserve(one);
    store.adjust = async () => {
      throw new Error("WRONGTYPE Operation against a key holding the wrong kind of value");
    };
    store.fault = "none";
    await recovered(guarded);
    expect(guarded.health().isOwed).toBe(false);
  });

  it("is a lease until it has been handed over", async () => {
    const { exact, store, guarded } = world();
    store.fault = "rejects";
    await guarded.reserve(one, lease);
    const reserve = store.reserve.bind(store);
    let failures = 2;
    store.reserve = async (...given) => {
      if (failures-- > 0) throw new Error("connection lost");
      return reserve(...given);
    };
    store.fault = "none";
    await recovered(guarded);
    expect([exact.size().live, ...used(exact, rpm)]).toEqual([1, 1]);
  });

  it("is nothing of a lease after it was settled", async () => {
    const inner = later(memoryStore({ clock: manualClock() }));
    const claims = [claim(tpm, 10)];
    await inner.reserve(claims, lease);
    const outbox = createOutbox(10);
    outbox.extend(claims, { id: "one", amounts: [3] });
    outbox.settle(claims, { id: "one", amounts: [undefined], unreported: "estimate" });
    outbox.extend(claims, { id: "one", amounts: [50] });
    await outbox.next()!.send(inner);
    expect((await inner.peek([claim(tpm, 0)])).states[0]).toBe(3);
  });
});

describe("an id", () => {
  it("that was released is not known any more when the store fails", async () => {
    const { store, guarded } = world({ failure: "refuse" });
    await guarded.reserve(one, lease);
    await guarded.settle(one, { id: "one", amounts: [], unreported: "nothing" });
    store.fault = "rejects";
    expect(await guarded.reserve(one, lease)).toMatchObject({ verdict: "full", replayed: false });
  });

  it("is known for as long as its lease may live and is remembered", () => {
    const clock = manualClock();
    const known = createKnownIds(clock, 500);
    known.add({ ...lease, expiresAfterMs: 100 }, one);
    clock.advance(599);
    expect(known.has("one", one)).toBe(true);
    clock.advance(1);
    expect(known.has("one", one)).toBe(false);
  });
});

it("a block that this process made holds while the store fails", async () => {
  const own = {
    granted: (of: Claim) => (of.terms.algorithm === "concurrency" ? 0 : 1),
    blockedForMs: () => 5_000,
    beat: async () => {},
    restored: async () => {},
  };
  const { store, guarded } = world({ own });
  store.fault = "rejects";
  expect(await guarded.reserve([claim(rpm, 1), claim(inflight, 1)])).toMatchObject({
    verdict: "blocked",
    degraded: "local",
  });
});
