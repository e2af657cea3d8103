import { concurrency, createLimiter, type Limit, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { granted } from "./granted.ts";
import { headerWords, readTable } from "./table.ts";

const per = ["user"];
const hour = { window: "1h", precisionMs: 1, per } as const;
const rph = slidingWindow({ name: "rph", limit: 100, ...hour });

/** Lets a table grow no further than it has. */
function runOutOfMemory() {
  return vi.spyOn(SharedArrayBuffer.prototype, "grow").mockImplementation(() => {
    throw new RangeError("out of memory");
  });
}

/** A table without a free byte, by counts of another limit that fill it; small blocks of few shards may have room. */
function setUp(limits: readonly Limit[] = [rph]) {
  const clock = manualClock();
  const store = memoryStore({ clock, shared: true });
  const limiter = createLimiter({ limits, store });
  const filler = createLimiter({
    limits: [slidingWindow({ name: "filler", limit: 1e9, ...hour })],
    store,
  });
  const fill = (): void => {
    for (let user = 0; user < 30_000; user++) {
      filler.check({ user: `${user}` });
      if (user % 7 === 0) filler.block({ user: `${user}` }, "1h");
    }
    // What is left of the pages that small blocks are cut from.
    for (let round = 0; round < 5; round++) {
      clock.advance(1);
      for (let user = 0; user < 13_000; user++) filler.check({ user: `${user}` });
    }
  };
  return { clock, store, limiter, filler, fill };
}

describe("a shared table that can grow no further", () => {
  beforeEach(() => {
    runOutOfMemory();
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("refuses fresh keys as store-unavailable, and goes on counting those it knows", () => {
    const { store, limiter, fill } = setUp();
    limiter.check({ user: "known" });
    fill();
    const bytes = store.size().bytes;
    const before = readTable(store.buffer!).words.slice(0, 16);
    const fresh = Array.from({ length: 200 }, (_, index) => ({ user: `fresh-${index}` }));
    for (const subject of fresh) {
      expect(limiter.check(subject)).toMatchObject({ reason: "store-unavailable" });
      expect(limiter.reserve(subject)).toMatchObject({ reason: "store-unavailable" });
      expect(limiter.penalize(subject, { requests: 1 }).applied).toBe(false);
      expect(limiter.block(subject, "1h")).toBe(false);
      expect(limiter.peek(subject)).toMatchObject({ allowed: true, limits: [{ used: 0 }] });
    }
    for (let count = 2; count <= 100; count++) {
      expect(limiter.check({ user: "known" }).limits[0]!.used).toBe(count);
    }
    expect(limiter.check({ user: "known" })).toMatchObject({ reason: "over-limit" });
    const { words } = readTable(store.buffer!);
    expect(words.slice(0, 4)).toEqual(before.slice(0, 4));
    expect(words[headerWords.next]!).toBeLessThanOrEqual(words[headerWords.size]!);
    expect(store.size()).toMatchObject({ bytes, leases: 0, live: 0 });
  });

  it("admits no more than the limit where there is no room for one more charge", () => {
    const { clock, limiter, fill } = setUp();
    const users = Array.from({ length: 200 }, (_, index) => ({ user: `known-${index}` }));
    for (const subject of users) limiter.check(subject);
    fill();
    const admitted = new Map(users.map(({ user }) => [user, 1]));
    for (let round = 0; round < 120; round++) {
      clock.advance(1);
      for (const subject of users) {
        const { user } = subject;
        if (limiter.check(subject).allowed) admitted.set(user, admitted.get(user)! + 1);
      }
    }
    expect([...new Set(admitted.values())]).toEqual([100]);
    // Until the last of them leaves, at the latest.
    clock.advance(3_600_000);
    expect(users.filter((subject) => limiter.peek(subject).limits[0]!.used > 0)).toEqual([]);
  });

  it("frees nothing early that is charged beyond what fits, in an old slot", () => {
    const { clock, limiter, fill } = setUp();
    const startMs = clock();
    const users = Array.from({ length: 100 }, (_, index) => ({ user: `late-${index}` }));
    const leases = users.map((subject) => granted(limiter.reserve(subject, { requests: 0 })));
    for (let slot = 0; slot < 4; slot++) {
      clock.advance(100);
      for (const subject of users) limiter.check(subject, { requests: 10 });
    }
    fill();
    // Charged in the slot of the reservation, the oldest.
    for (const lease of leases) lease.settle({ requests: 1 });
    clock.advance(startMs + 3_600_050 - clock());
    const told = users.map((subject) => limiter.peek(subject).limits[0]!.used);
    expect(Math.min(...told)).toBeGreaterThanOrEqual(40);
  });

  it("counts amounts that no line can hold as far as the limit", () => {
    const budget = slidingWindow({ name: "budget", limit: 10_000_000_000, ...hour });
    const { clock, limiter, fill } = setUp([budget]);
    const users = Array.from({ length: 100 }, (_, index) => ({ user: `large-${index}` }));
    for (const subject of users) limiter.check(subject);
    fill();
    for (const subject of users) {
      let admitted = 0;
      for (let count = 0; count < 5; count++) {
        clock.advance(1);
        if (limiter.check(subject, { requests: 5_000_000_000 }).allowed) admitted++;
      }
      expect(admitted).toBeLessThanOrEqual(1);
    }
  });

  it("holds and gives back leases of known keys without losing a place", () => {
    const places = concurrency({ name: "places", limit: 3, per, expiresAfter: 1_000 });
    const { clock, store, limiter, fill } = setUp([places]);
    const users = Array.from({ length: 100 }, (_, index) => ({ user: `holder-${index}` }));
    for (const subject of users) granted(limiter.reserve(subject));
    fill();
    let refused = 0;
    for (const subject of users) {
      const more = Array.from({ length: 5 }, () => limiter.reserve(subject));
      expect(more.filter(({ allowed }) => allowed).length).toBeLessThanOrEqual(2);
      for (const reservation of more) {
        if (!reservation.allowed && reservation.reason === "store-unavailable") refused++;
        if (reservation.allowed) reservation.lease.extend({});
        if (reservation.allowed) reservation.lease.settle();
      }
    }
    expect(refused).toBeGreaterThan(0);
    clock.advance(1_000);
    const left = users.map((subject) => limiter.peek(subject).limits[0]!.used);
    expect(Math.max(...left)).toBe(0);
    store.sweep();
    expect(store.size().live).toBe(0);
  });

  it("blocks all of a subject's limits or none", () => {
    const limits = [1, 2, 3].map((index) =>
      slidingWindow({ name: `l${index}`, limit: 9, ...hour }),
    );
    const { limiter, fill } = setUp(limits);
    const users = Array.from({ length: 300 }, (_, index) => ({ user: `known-${index}` }));
    for (const subject of users) limiter.check(subject);
    fill();
    const halfBlocked = users.filter((subject) => {
      if (limiter.block(subject, "1h")) return false;
      return limiter.peek(subject).limits.some(({ blockedForMs }) => blockedForMs > 0);
    });
    expect(halfBlocked).toEqual([]);
  });

  it("goes on once there is memory again", () => {
    const { limiter, fill, store } = setUp();
    fill();
    expect(limiter.check({ user: "fresh" }).allowed).toBe(false);
    vi.restoreAllMocks();
    for (let user = 0; user < 20_000; user++) {
      expect(limiter.check({ user: `fresh-${user}` }).allowed).toBe(true);
    }
    expect(limiter.peek({ user: "fresh-7" }).limits[0]!.used).toBe(1);
    expect(store.size().bytes).toBeGreaterThan(2 ** 20);
  });
});
