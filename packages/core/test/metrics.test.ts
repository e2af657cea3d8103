import { createLimiter, type Limit, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock, seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";
import { later } from "./later.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 2, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 10, window: 100, unit: "tokens", per });
const acme = { tenant: "acme" };

function setUp(limits: readonly Limit[] = [rpm, tpm], maxKeys = 1_000) {
  const clock = manualClock();
  const limiter = createLimiter({ limits, store: memoryStore({ clock, maxKeys }) });
  return { clock, limiter };
}

const none = { allowed: 0, denied: 0, total: 0, denyRate: 0 };

describe("the metrics of a limiter", () => {
  it("begin at nothing, with no rate of what never was", () => {
    const { limiter } = setUp();
    expect(limiter.metrics()).toEqual({
      ...none,
      limits: [
        { name: "rpm", ...none },
        { name: "tpm", ...none },
      ],
      keys: 0,
      leases: 0,
    });
  });

  it("count a refusal with each limit that would have refused", () => {
    const { limiter } = setUp();
    limiter.check(acme, { tokens: 4 });
    limiter.check(acme, { tokens: 7 });
    limiter.check(acme, { tokens: 4 });
    limiter.check(acme, { tokens: 1 });
    limiter.check(acme, { tokens: 3 });
    limiter.check(acme, { tokens: 11 });
    limiter.check({ tenant: "other" }, { tokens: 3 });
    limiter.reserve(acme, { requests: 0, tokens: 2 });
    expect(limiter.metrics()).toMatchObject({
      allowed: 4,
      denied: 4,
      total: 8,
      denyRate: 0.5,
      limits: [
        { name: "rpm", allowed: 5, denied: 3, total: 8, denyRate: 3 / 8 },
        { name: "tpm", allowed: 5, denied: 3, total: 8, denyRate: 3 / 8 },
      ],
    });
  });

  it("count each of a batch, each replay and each block, and no peek", () => {
    const { limiter } = setUp();
    const cost = { tokens: 1 };
    limiter.checkMany([1, 2, 3].map(() => ({ subject: acme, cost })));
    for (let time = 0; time < 2; time++) {
      granted(limiter.reserve({ tenant: "other" }, cost, { id: "same" }));
    }
    limiter.block({ tenant: "third" }, 10);
    limiter.check({ tenant: "third" }, cost);
    limiter.peek(acme, { tokens: 99 });
    expect(limiter.metrics()).toMatchObject({
      allowed: 4,
      denied: 2,
      limits: [{ denied: 2 }, { denied: 1 }],
    });
  });

  it("add up, whatever is asked", () => {
    const { clock, limiter } = setUp();
    const random = seededRandom(3);
    const tally = { allowed: 0, denied: 0, rpm: 0, tpm: 0 };
    for (let asked = 0; asked < 400; asked++) {
      clock.advance(random.integer(0, 30));
      const cost = { requests: random.integer(0, 2), tokens: random.integer(0, 11) };
      const decision = limiter.check(acme, cost);
      tally[decision.allowed ? "allowed" : "denied"]++;
      for (const { limit, violated } of decision.limits) if (violated) tally[limit.name as "rpm"]++;
    }
    const metrics = limiter.metrics();
    expect(metrics).toMatchObject({ allowed: tally.allowed, denied: tally.denied, total: 400 });
    expect(metrics.denyRate).toBe(tally.denied / 400);
    expect(metrics.limits.map(({ denied }) => denied)).toEqual([tally.rpm, tally.tpm]);
    for (const { allowed, denied, total } of metrics.limits) expect(allowed + denied).toBe(total);
    expect(Math.min(tally.allowed, tally.rpm, tally.tpm)).toBeGreaterThan(50);
  });

  it("count a full store as a denial by no limit", () => {
    const { limiter } = setUp([rpm], 1);
    limiter.check(acme, { requests: 2 });
    limiter.check({ tenant: "other" });
    expect(limiter.metrics()).toMatchObject({
      allowed: 1,
      denied: 1,
      limits: [{ allowed: 2, denied: 0 }],
    });
  });

  it("follow the limits: one that stays goes on, one that comes begins anew", () => {
    const { limiter } = setUp([rpm]);
    limiter.check(acme, { requests: 2 });
    limiter.check(acme);
    limiter.update([tpm, slidingWindow({ name: "rpm", limit: 1, window: 100, per })]);
    limiter.check(acme, { tokens: 11 });
    expect(limiter.metrics()).toMatchObject({
      total: 3,
      limits: [
        { name: "tpm", allowed: 0, denied: 1, total: 1, denyRate: 1 },
        { name: "rpm", allowed: 1, denied: 2, total: 3 },
      ],
    });
    limiter.update([tpm]);
    limiter.update([rpm]);
    expect(limiter.metrics()).toMatchObject({ total: 3, limits: [{ name: "rpm", ...none }] });
  });

  it("tell the counts and the live leases that the store keeps, of all who share it", () => {
    const clock = manualClock();
    const store = memoryStore({ clock });
    const [one, other] = [rpm, tpm].map((limit) => createLimiter({ limits: [limit], store }));
    const lease = granted(one!.reserve(acme));
    granted(other!.reserve(acme, { tokens: 3 }, { id: "kept" })).settle();
    expect(one!.metrics()).toMatchObject({ total: 1, keys: 2, leases: 1 });
    expect(other!.metrics()).toMatchObject({ total: 1, keys: 2, leases: 1 });
    lease.settle();
    expect(one!.metrics()).toMatchObject({ keys: 2, leases: 0 });
  });

  it("tell neither where the store does not", async () => {
    const limiter = createLimiter({ limits: [rpm], store: later(memoryStore()) });
    await limiter.check(acme);
    expect(limiter.metrics()).toMatchObject({ total: 1, keys: undefined, leases: undefined });
  });
});
