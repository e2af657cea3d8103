import { concurrency, createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per = ["user"];
const rpm = slidingWindow({ name: "rpm", limit: 99_999, window: 100, per });

function setUp(caps: { maxLeases?: number }) {
  const clock = manualClock(1_000);
  const store = memoryStore({ clock, remember: 500, ...caps });
  const limiter = createLimiter({ limits: [rpm], store });
  const ask = (user: number | string) => limiter.check({ user: `${user}` });
  const reserve = (user: number | string, id?: string) =>
    limiter.reserve({ user: `${user}` }, { requests: 1 }, id === undefined ? {} : { id });
  return { clock, store, ask, reserve };
}

describe("the leases of a memory store", () => {
  it("are refused as store-unavailable where there is no room, and nothing is charged", () => {
    const { ask, reserve } = setUp({ maxLeases: 2 });
    const first = granted(reserve(1));
    granted(reserve(1, "two"));
    expect(reserve(1)).toMatchObject({ reason: "store-unavailable", limits: [{ used: 2 }] });
    expect(reserve(1, "two")).toMatchObject({ allowed: true, replayed: true });
    expect(ask(1)).toMatchObject({ allowed: true, limits: [{ used: 3 }] });
    first.settle();
    expect(reserve(1).allowed).toBe(true);
  });

  it("are gone when they settle, unless the caller's id may come again", () => {
    const { reserve, store, clock } = setUp({});
    for (let count = 0; count < 10_000; count++) granted(reserve(1)).settle();
    expect(store.size().leases).toBe(0);
    for (let count = 0; count < 10_000; count++) granted(reserve(1, `id-${count}`)).settle();
    expect(store.size().leases).toBe(10_000);
    clock.advance(499);
    store.sweep();
    expect(store.size().leases).toBe(10_000);
    clock.advance(1);
    store.sweep();
    expect(store.size().leases).toBe(0);
  });

  it("are not forgotten by a request that is refused for want of a count", () => {
    const clock = manualClock();
    const store = memoryStore({ clock, maxKeys: 1, maxLeases: 1 });
    // Its count is full, and never makes room.
    const full = slidingWindow({ name: "full", limit: 1, window: 100, per });
    const limiter = createLimiter({ limits: [full], store });
    granted(limiter.reserve({ user: "a" }, {}, { id: "one" })).settle();
    expect(limiter.reserve({ user: "b" })).toMatchObject({ reason: "store-unavailable" });
    expect(limiter.reserve({ user: "a" }, {}, { id: "one" })).toMatchObject({ replayed: true });
  });

  it("are forgotten early once settled, rather than refuse what is asked now", () => {
    const { reserve, store } = setUp({ maxLeases: 10 });
    const live = granted(reserve(1, "live"));
    for (let count = 0; count < 100; count++) {
      granted(reserve(1, `id-${count}`)).settle();
      expect(store.size().leases).toBeLessThanOrEqual(10);
    }
    expect(live.settle().applied).toBe(true);
    for (let count = 0; count < 10; count++) granted(reserve(1, `other-${count}`));
    expect(reserve(1, "eleventh")).toMatchObject({ reason: "store-unavailable" });
  });

  it("are forgotten as fast as others come, so that there is room while half are remembered", () => {
    const { reserve, store, clock } = setUp({ maxLeases: 1_000 });
    for (let count = 0; count < 6_000; count++) {
      granted(reserve(1, `id-${count}`)).settle();
      expect(store.size().leases).toBeLessThanOrEqual(1_000);
      clock.advance(1);
    }
  });

  it("are forgotten in time, however many may be kept", () => {
    const { reserve, store, clock } = setUp({});
    for (let count = 0; count < 5_000; count++) {
      granted(reserve(1, `id-${count}`)).settle();
      clock.advance(1);
      expect(store.size().leases).toBeLessThanOrEqual(1_000);
    }
  });

  it("are known by their claims as well, for who uses the store itself", () => {
    const store = memoryStore();
    const terms = concurrency({ name: "inflight", limit: 9, per }).termsFor();
    const claims = ["a", "b"].map((subject) => ({ terms, subject, cost: 1 }));
    const request = { id: "one", expiresAfterMs: 1_000, repeatable: true };
    expect(store.reserve(claims.slice(0, 1), request).replayed).toBe(false);
    expect(store.reserve(claims.slice(0, 1), request).replayed).toBe(true);
    const conflict = expect.objectContaining({ code: "id-conflict" });
    expect(() => store.reserve(claims.slice(1), request)).toThrow(conflict);
    expect(() => store.reserve(claims, request)).toThrow(conflict);
    expect(() => store.reserve([], request)).toThrow(conflict);
  });

  it("hold their place in flight when their count is swept, and give it back when they expire", () => {
    const inflight = concurrency({ name: "inflight", limit: 1, expiresAfter: 50, per });
    const clock = manualClock();
    const store = memoryStore({ clock });
    const limiter = createLimiter({ limits: [inflight], store });
    granted(limiter.reserve({ user: "a" }));
    store.sweep();
    expect(limiter.check({ user: "a" }).allowed).toBe(false);
    clock.advance(50);
    store.sweep();
    expect(store.size()).toMatchObject({ keys: 0, leases: 1, live: 0 });
    expect(limiter.check({ user: "a" }).allowed).toBe(true);
  });
});
