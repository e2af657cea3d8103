import {
  concurrency,
  createLimiter,
  fixedWindow,
  type Limit,
  type LimiterEvent,
  memoryStore,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock, seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";
import { later } from "./later.ts";

const per = ["tenant"];
const unit = "tokens";
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const acme = { tenant: "acme" };

function setUp(limits: readonly Limit[] = [rpm], maxKeys = 100) {
  const clock = manualClock(1_000);
  const store = memoryStore({ clock, maxKeys });
  const events: LimiterEvent[] = [];
  const observe = (event: LimiterEvent): void => void events.push(event);
  const limiter = createLimiter({ limits, store, mode: "observe", observe });
  const used = () => limiter.peek(acme, { requests: 0 }).limits.map((state) => state.used);
  return { clock, limiter, events, used };
}

describe("a limiter that only observes", () => {
  it("lets a request go on that it would have refused, says so, and charges nothing", () => {
    const { limiter, used } = setUp();
    expect(limiter.check(acme, { requests: 3 })).toMatchObject({
      allowed: true,
      unenforced: undefined,
    });
    const decision = limiter.check(acme);
    expect(decision).toMatchObject({
      allowed: true,
      replayed: false,
      unenforced: { allowed: false, reason: "over-limit", limitedBy: "rpm", retryAfterMs: 100 },
    });
    expect(decision.limits).toMatchObject([{ used: 3, remaining: 0, violated: true }]);
    expect(used()).toEqual([3]);
  });

  it.each<[string, (limiter: ReturnType<typeof setUp>["limiter"]) => unknown]>([
    ["over-limit", (limiter) => limiter.check(acme, { requests: 3 })],
    ["blocked", (limiter) => limiter.block(acme, 50)],
    ["never-fits", (limiter) => limiter.update([slidingWindow({ ...rpmOptions, limit: 0 })])],
    ["store-unavailable", (limiter) => limiter.check({ tenant: "other" }, { requests: 3 })],
  ])(
    "never refuses, where it would for %s: not one by one, not in a batch, not a lease",
    (reason, prepare) => {
      const { limiter } = setUp([rpm], 1);
      prepare(limiter);
      const expected = { allowed: true, unenforced: { allowed: false, reason } };
      expect(limiter.check(acme)).toMatchObject(expected);
      expect(limiter.checkMany([{ subject: acme }, { subject: acme }])).toMatchObject([
        expected,
        expected,
      ]);
      expect(limiter.reserve(acme)).toMatchObject(expected);
    },
  );

  it("gives a lease that holds nothing for what it would have refused, and ends without harm", () => {
    const { limiter, used } = setUp([concurrency({ name: "inflight", limit: 1, per }), rpm]);
    const held = granted(limiter.reserve(acme, { requests: 2 }));
    const lease = granted(limiter.reserve(acme, { requests: 3 }));
    expect(used()).toEqual([1, 2]);
    expect(lease.id).not.toBe(held.id);
    const nothing = { applied: false, holds: false, limits: [] };
    expect(lease.extend({ requests: 9 })).toMatchObject(nothing);
    expect(lease.settle({ requests: 9 })).toMatchObject(nothing);
    expect(lease.release()).toMatchObject(nothing);
    lease[Symbol.dispose]();
    expect(used()).toEqual([1, 2]);
    expect(held.settle({ requests: 1 })).toMatchObject({ applied: true });
    expect(used()).toEqual([0, 1]);
    expect(limiter.metrics()).toMatchObject({ leases: 0 });
  });

  it("does not remember the id of what it would have refused", () => {
    const { clock, limiter, used } = setUp();
    limiter.check(acme, { requests: 3 });
    const refused = limiter.reserve(acme, { requests: 1 }, { id: "mine" });
    expect(refused).toMatchObject({ allowed: true, replayed: false, lease: { id: "mine" } });
    clock.advance(100);
    const allowed = limiter.reserve(acme, { requests: 2 }, { id: "mine" });
    expect(allowed).toMatchObject({ replayed: false, unenforced: undefined });
    expect(used()).toEqual([2]);
  });

  it("is told, and counts, what it would have enforced", () => {
    const { limiter, events } = setUp();
    limiter.check(acme, { requests: 3 });
    const decision = limiter.check(acme);
    expect(events.at(-1)).toMatchObject({ kind: "decision", decision });
    expect(limiter.metrics()).toMatchObject({
      allowed: 1,
      denied: 1,
      limits: [{ allowed: 1, denied: 1 }],
    });
  });

  it("tells by peek what it would have answered if it enforced", () => {
    const { limiter } = setUp();
    limiter.check(acme, { requests: 3 });
    expect(limiter.peek(acme)).toMatchObject({ allowed: false, reason: "over-limit" });
  });

  it("goes on alike over a store that promises", async () => {
    const store = later(memoryStore({ clock: manualClock() }));
    const limiter = createLimiter({ limits: [rpm], store, mode: "observe" });
    const lease = granted(await limiter.reserve(acme, { requests: 4 }));
    expect(await lease.settle()).toMatchObject({ applied: false });
    expect(await limiter.check(acme)).toMatchObject({ unenforced: undefined });
  });
});

const rpmOptions = { name: "rpm", window: 100, per } as const;

describe("a limiter that enforces and one that observes other limits on one store", () => {
  const enforced = [
    slidingWindow({ name: "rpm", limit: 6, window: 100, per }),
    concurrency({ name: "inflight", limit: 4, expiresAfter: 60, per }),
  ];
  const tried = [
    tokenBucket({ name: "burst", capacity: 50, refill: 3, every: 7, unit, per }),
    slidingWindow({ name: "tpm", limit: 90, window: 100, unit, per }),
    fixedWindow({ name: "day", limit: 4_000, window: "day", unit, per }),
    concurrency({ name: "places", limit: 3, expiresAfter: 60, per }),
  ];

  it("decide as each would by itself", () => {
    const random = seededRandom(11);
    const clock = manualClock();
    const store = memoryStore({ clock });
    const shared = {
      enforcing: createLimiter({ limits: enforced, store }),
      observing: createLimiter({ limits: tried, store, mode: "observe" }),
    };
    const alone = {
      enforcing: createLimiter({ limits: enforced, store: memoryStore({ clock }) }),
      observing: createLimiter({ limits: tried, store: memoryStore({ clock }) }),
    };
    const pairs: (readonly [shared: Disposable, alone: Disposable | undefined])[] = [];
    const seen = { enforced: 0, unenforced: 0 };
    for (let asked = 0; asked < 600; asked++) {
      clock.advance(random.integer(0, 25));
      const subject = { tenant: random.pick(["a", "b"]) };
      const cost = { requests: 1, tokens: random.integer(0, 55) };
      const real = shared.enforcing.reserve(subject, cost);
      expect(plain(real)).toEqual(plain(alone.enforcing.reserve(subject, cost)));
      const tentative = shared.observing.reserve(subject, cost);
      const single = alone.observing.reserve(subject, cost);
      if (!tentative.allowed) throw new Error("refused");
      expect(tentative.unenforced ?? plain(tentative)).toEqual(plain(single));
      pairs.push([tentative.lease, single.allowed ? single.lease : undefined]);
      if (tentative.unenforced !== undefined) seen.unenforced++;
      if (!real.allowed) seen.enforced++;
      if (random.oneIn(2)) {
        for (const lease of pairs.splice(random.integer(0, pairs.length - 1), 1)[0] ?? []) {
          lease?.[Symbol.dispose]();
        }
      }
    }
    expect(shared.observing.metrics().limits).toEqual(alone.observing.metrics().limits);
    expect(shared.enforcing.metrics().limits).toEqual(alone.enforcing.metrics().limits);
    expect(Math.min(seen.enforced, seen.unenforced)).toBeGreaterThan(50);
    expect(Math.max(seen.enforced, seen.unenforced)).toBeLessThan(550);
  });
});

/** A decision without its lease. */
function plain(reservation: object): object {
  return { ...reservation, lease: undefined };
}
