import { concurrency, createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per = ["user"];
const rpm = slidingWindow({ name: "rpm", limit: 1, window: 100, per });

function setUp(caps: { maxKeys?: number }, limits = [rpm]) {
  const clock = manualClock(1_000);
  const store = memoryStore({ clock, remember: 500, ...caps });
  const limiter = createLimiter({ limits, store });
  const ask = (user: number | string) => limiter.check({ user: `${user}` });
  return { clock, store, limiter, ask };
}

describe("a memory store whose counts are all in use", () => {
  it("refuses a fresh subject as store-unavailable, until a count is free", () => {
    const { ask, store, clock } = setUp({ maxKeys: 3 });
    for (const user of [1, 2, 3]) expect(ask(user).allowed).toBe(true);
    expect(ask(4)).toEqual({
      allowed: false,
      reason: "store-unavailable",
      limitedBy: undefined,
      retryAfterMs: undefined,
      atMs: 1_000,
      limits: [
        {
          limit: rpm,
          terms: rpm.termsFor(),
          cost: 1,
          used: 0,
          remaining: 1,
          freesAfterMs: 0,
          retryAfterMs: 0,
          blockedForMs: 0,
          violated: false,
        },
      ],
    });
    expect(store.size().keys).toBe(3);
    clock.advance(100);
    expect(ask(4).allowed).toBe(true);
  });

  it("still counts those that it knows, also beside a fresh one", () => {
    const rph = slidingWindow({ name: "rph", limit: 5, window: "1h", per: [] });
    const { ask, clock, store } = setUp({ maxKeys: 2 }, [rpm, rph]);
    expect(ask(1).allowed).toBe(true);
    expect(ask(2)).toMatchObject({ reason: "store-unavailable" });
    expect(ask(1)).toMatchObject({ reason: "over-limit" });
    clock.advance(100);
    expect(ask(2).allowed).toBe(true);
    expect(store.size().keys).toBe(2);
  });

  it("keeps a subject blocked through a flood of fresh ones", () => {
    const { ask, store, clock } = setUp({ maxKeys: 10 });
    expect(ask("blocked").allowed).toBe(true);
    for (let user = 0; user < 9_900; user++) {
      ask(user);
      if (user % 100 === 99) clock.advance(1);
      expect(store.size().keys).toBeLessThanOrEqual(10);
      expect(ask("blocked")).toMatchObject({ reason: "over-limit", limits: [{ used: 1 }] });
    }
    clock.advance(1);
    expect(ask("blocked").allowed).toBe(true);
  });

  it("still allows what needs no count: a cost of 0, and a check of what is in flight", () => {
    const { ask, store } = setUp({ maxKeys: 1 });
    const inflight = concurrency({ name: "inflight", limit: 1, per });
    const limiter = createLimiter({ limits: [rpm, inflight], store });
    ask("full");
    expect(limiter.check({ user: "other" }, { requests: 0 }).allowed).toBe(true);
    expect(limiter.check({ user: "other" }, { requests: 1 }).allowed).toBe(false);
    expect(limiter.reserve({ user: "other" }, { requests: 0 }).allowed).toBe(false);
    expect(store.size()).toMatchObject({ keys: 1, leases: 0, live: 0 });
  });

  it("counts nothing for a request that is refused", () => {
    const { limiter, store } = setUp({ maxKeys: 2 });
    for (let user = 0; user < 100; user++) limiter.check({ user: `${user}` }, { requests: 2 });
    expect(store.size().keys).toBe(0);
  });
});

describe("a memory store that is full", () => {
  const half = slidingWindow({ name: "half", limit: 4, window: 100, per });

  it("forgets the count that would be empty soonest, of those that are at most half full", () => {
    const { limiter, ask, store, clock } = setUp({ maxKeys: 4 }, [half]);
    limiter.check({ user: "busy" }, { requests: 3 });
    for (const user of ["first", "second", "third"]) {
      clock.advance(1);
      limiter.check({ user }, { requests: 2 });
    }
    expect(ask("fresh").allowed).toBe(true);
    expect(store.size().keys).toBe(4);
    const usedBy = (user: string) => limiter.peek({ user }).limits[0]?.used;
    const users = ["busy", "first", "second", "third", "fresh"];
    expect(users.map(usedBy)).toEqual([3, 0, 2, 2, 1]);
  });

  it("forgets an idle count before any other", () => {
    const { limiter, ask, clock } = setUp({ maxKeys: 2 }, [half]);
    ask("idle");
    clock.advance(60);
    ask("used");
    clock.advance(40);
    expect(ask("fresh").allowed).toBe(true);
    expect(limiter.peek({ user: "used" }).limits[0]?.used).toBe(1);
  });

  it("never forgets a count that is leased, blocked or more than half full", () => {
    const { limiter, ask, store, clock } = setUp({ maxKeys: 3 }, [half]);
    const leased = granted(limiter.reserve({ user: "leased" }));
    limiter.block({ user: "blocked" }, 50);
    limiter.check({ user: "busy" }, { requests: 3 });
    expect(ask("fresh")).toMatchObject({ reason: "store-unavailable" });
    expect(limiter.block({ user: "fresh" }, 50)).toBe(false);
    expect(limiter.penalize({ user: "fresh" }, { requests: 1 })).toMatchObject({
      applied: false,
      holds: false,
      limits: [],
    });
    expect(limiter.reserve({ user: "fresh" })).toMatchObject({ reason: "store-unavailable" });
    expect(store.size()).toMatchObject({ keys: 3, leases: 1, live: 1 });
    leased.settle();
    expect(ask("fresh").allowed).toBe(true);
    expect(ask("other").allowed).toBe(true);
    clock.advance(50);
    expect(limiter.peek({ user: "blocked" }).allowed).toBe(true);
    expect(limiter.peek({ user: "busy" }).limits[0]?.used).toBe(3);
  });
});

describe("a memory store", () => {
  it("forgets idle counts as fast as others come, so that there is room while half are in use", () => {
    const { ask, store, clock } = setUp({ maxKeys: 200 });
    for (let user = 0; user < 2_000; user++) {
      expect(ask(user).allowed).toBe(true);
      expect(store.size().keys).toBeLessThanOrEqual(200);
      clock.advance(1);
    }
  });

  it("keeps no count of leases that settle late and owe nothing", () => {
    const { limiter, store, clock } = setUp({});
    const reservations = Array.from({ length: 100 }, (_, user) =>
      limiter.reserve({ user: `${user}` }),
    );
    clock.advance(1_000);
    store.sweep();
    for (const reservation of reservations) if (reservation.allowed) reservation.lease.settle();
    expect(store.size()).toMatchObject({ keys: 0, leases: 0, live: 0 });
  });

  it.each([0, 5, 10, 15])(
    "finds the one idle count of sixty when it is full, wherever the last look ended (%i)",
    (before) => {
      const { ask, store, clock } = setUp({ maxKeys: 60 });
      // At its limit, so that it is not forgotten for others.
      const hour = slidingWindow({ name: "rph", limit: 1, window: "1h", per });
      const long = createLimiter({ limits: [hour], store });
      ask("short");
      for (let user = 0; user < 59; user++) long.check({ user: `${user}` });
      for (let count = 0; count < before; count++) {
        expect(ask(`early-${count}`).allowed).toBe(false);
      }
      clock.advance(99);
      expect(ask("fresh").allowed).toBe(false);
      clock.advance(1);
      expect(ask("fresh").allowed).toBe(true);
      expect(store.size().keys).toBe(60);
    },
  );

  it.each([1, 2, 3, 4])("keeps no more than twice the counts in use, with %i limits", (many) => {
    const limits = Array.from({ length: many }, (_, index) =>
      slidingWindow({ name: `limit-${index}`, limit: 1, window: 1_000, per }),
    );
    const { ask, store, clock } = setUp({}, limits);
    let most = 0;
    for (let user = 0; user < 20_000; user++) {
      ask(user);
      clock.advance(1);
      most = Math.max(most, store.size().keys);
    }
    expect(most).toBeLessThanOrEqual(2_000 * many);
  });

  it("lets ten thousand charges of one subject leave one by one, each on time", () => {
    const limit = slidingWindow({ name: "rps", limit: 10_000, window: 10_000, per });
    const { ask, clock } = setUp({}, [limit]);
    for (let count = 1; count <= 10_000; count++) {
      expect(ask(1).limits[0]?.used).toBe(count);
      clock.advance(1);
    }
    for (let count = 0; count < 10_000; count++) {
      expect(ask(1).allowed).toBe(true);
      expect(ask(1)).toMatchObject({ allowed: false, retryAfterMs: 1, limits: [{ used: 10_000 }] });
      clock.advance(1);
    }
  });

  it("needs no more memory for a hundred thousand charges in one slot than for one", () => {
    const limit = slidingWindow({ name: "rps", limit: 1_000_000, window: 10_000, per });
    const { ask, clock, store } = setUp({}, [limit]);
    // More slots than stand in the count's own line.
    for (let slot = 0; slot < 6; slot++) {
      clock.advance(1);
      ask(1);
    }
    const { bytes } = store.size();
    for (let charge = 0; charge < 100_000; charge++) ask(1);
    expect(store.size().bytes).toBe(bytes);
  });

  it("is empty once all is idle and swept", () => {
    const { ask, limiter, store, clock } = setUp({});
    for (let user = 0; user < 300; user++) ask(user);
    for (let user = 300; user < 600; user++) limiter.reserve({ user: `${user}` });
    expect(store.size()).toMatchObject({ keys: 600, leases: 300, live: 300 });
    clock.advance(300_100);
    store.sweep();
    expect(store.size()).toMatchObject({ keys: 0, leases: 300, live: 0 });
    clock.advance(400);
    store.sweep();
    expect(store.size()).toMatchObject({ keys: 0, leases: 0, live: 0 });
  });
});
