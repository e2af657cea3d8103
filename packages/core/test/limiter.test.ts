import {
  byTier,
  concurrency,
  createLimiter,
  type Limit,
  memoryStore,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per });
const acme = { tenant: "acme" };

const [rpmState, tpmState, inflightState] = [rpm, tpm, inflight].map((limit) => ({
  limit,
  terms: limit.termsFor(),
  retryAfterMs: 0,
  blockedForMs: 0,
  violated: false,
}));
const refuses = (retryAfterMs: number) => ({ retryAfterMs, violated: true });

function setUp(limits: readonly Limit[] = [rpm, tpm, inflight]) {
  const clock = manualClock(1_000);
  const store = memoryStore({ clock });
  return { clock, store, limiter: createLimiter({ limits, store }) };
}

describe("a decision", () => {
  it("tells, when it allows, how every limit stands after the charge", () => {
    const { limiter, clock } = setUp();
    limiter.check(acme, { tokens: 10 });
    clock.advance(40);
    expect(limiter.check(acme, { tokens: 20 })).toEqual({
      allowed: true,
      replayed: false,
      unenforced: undefined,
      atMs: 1_040,
      limits: [
        { ...rpmState, cost: 1, used: 2, remaining: 1, freesAfterMs: 60 },
        { ...tpmState, cost: 20, used: 30, remaining: 70, freesAfterMs: 60 },
        { ...inflightState, cost: 1, used: 0, remaining: 2, freesAfterMs: 0 },
      ],
    });
  });

  it("names, when waiting helps, the limit to wait for longest and all that refuse", () => {
    const { limiter, clock } = setUp();
    granted(limiter.reserve(acme, { requests: 3, tokens: 0, inflight: 2 }));
    clock.advance(10);
    expect(limiter.check(acme, { tokens: 5 })).toEqual({
      allowed: false,
      reason: "over-limit",
      limitedBy: "rpm",
      retryAfterMs: 90,
      atMs: 1_010,
      limits: [
        { ...rpmState, ...refuses(90), cost: 1, used: 3, remaining: 0, freesAfterMs: 90 },
        { ...tpmState, cost: 5, used: 0, remaining: 100, freesAfterMs: 0 },
        { ...inflightState, ...refuses(40), cost: 1, used: 2, remaining: 0, freesAfterMs: 40 },
      ],
    });
  });

  it("names, when waiting never helps, the first limit that is too small, and no time", () => {
    const { limiter } = setUp([rpm, tpm, inflight]);
    limiter.check(acme, { requests: 3, tokens: 0 });
    expect(limiter.check(acme, { tokens: 101, inflight: 3 })).toEqual({
      allowed: false,
      reason: "never-fits",
      limitedBy: "tpm",
      retryAfterMs: undefined,
      atMs: 1_000,
      limits: [
        { ...rpmState, ...refuses(100), cost: 1, used: 3, remaining: 0, freesAfterMs: 100 },
        { ...tpmState, ...refuses(Infinity), cost: 101, used: 0, remaining: 100, freesAfterMs: 0 },
        { ...inflightState, ...refuses(Infinity), cost: 3, used: 0, remaining: 2, freesAfterMs: 0 },
      ],
    });
  });

  it("names, when the subject is blocked, a limit that is blocked, and when all would allow it", () => {
    const hour = slidingWindow({ name: "hour", limit: 1, window: 400, per: [] });
    const { limiter, clock } = setUp([hour, rpm]);
    limiter.check(acme);
    limiter.block(acme, 150);
    clock.advance(50);
    expect(limiter.check(acme)).toMatchObject({
      allowed: false,
      reason: "blocked",
      limitedBy: "rpm",
      retryAfterMs: 350,
      limits: [
        { retryAfterMs: 350, blockedForMs: 0, violated: true },
        { retryAfterMs: 100, blockedForMs: 100, violated: true },
      ],
    });
  });

  it("tells the numbers that hold for the subject that asked", () => {
    const tiered = slidingWindow({
      name: "tiered",
      limit: byTier({ free: 1, pro: 5 }),
      window: 100,
      per,
    });
    const { limiter } = setUp([tiered]);
    const free = limiter.check({ ...acme, tier: "free" }).limits[0];
    expect(free).toMatchObject({ terms: { capacity: 1 }, used: 1, remaining: 0 });
    expect(free?.limit).toBe(tiered);
    const pro = limiter.check({ ...acme, tier: "pro" });
    expect(pro.limits[0]).toMatchObject({ terms: { capacity: 5 }, used: 2, remaining: 3 });
  });

  it("names the first of the limits that have to be waited for equally long", () => {
    const { limiter } = setUp([tpm, rpm]);
    limiter.check(acme, { requests: 3, tokens: 100 });
    expect(limiter.check(acme, { tokens: 1 })).toMatchObject({ limitedBy: "tpm" });
  });

  it("has nothing remaining, and not less, once usage is beyond the limit", () => {
    const { limiter } = setUp([tpm]);
    granted(limiter.reserve(acme, { tokens: 60 })).settle({ tokens: 130 });
    expect(limiter.check(acme, { tokens: 0 })).toMatchObject({
      allowed: false,
      retryAfterMs: 100,
      limits: [{ used: 130, remaining: 0 }],
    });
  });
});

describe("check", () => {
  it("is tested against what is in flight, and holds nothing", () => {
    const { limiter } = setUp([inflight]);
    for (let time = 0; time < 5; time++) expect(limiter.check(acme).allowed).toBe(true);
    const leases = [granted(limiter.reserve(acme)), granted(limiter.reserve(acme))];
    expect(limiter.check(acme)).toMatchObject({ allowed: false, retryAfterMs: 50 });
    leases[0]?.release();
    expect(limiter.check(acme).allowed).toBe(true);
  });
});

describe("limiters that share a store", () => {
  it("share the counts of limits that have the same name, algorithm, unit and dimensions, and no others", () => {
    const { store, limiter } = setUp([rpm]);
    const other = createLimiter({
      limits: [rpm, slidingWindow({ name: "rph", limit: 9, window: "1h", per })],
      store,
    });
    limiter.check(acme, { requests: 2 });
    expect(other.check(acme).limits.map(({ used }) => used)).toEqual([3, 1]);
    expect(limiter.check(acme).allowed).toBe(false);
    const alike = [
      slidingWindow({ name: "rpm", limit: 3, window: 100, unit: "tokens", per }),
      slidingWindow({ name: "rpm", limit: 3, window: 100, per: ["tenant", "user"] }),
      tokenBucket({ name: "rpm", capacity: 3, refill: 1, every: 100, per }),
    ];
    for (const limit of alike) {
      const apart = createLimiter({ limits: [limit], store });
      const [state] = apart.check({ ...acme, user: "ada" }, { requests: 2, tokens: 2 }).limits;
      expect(state?.used).toBe(2);
    }
  });
});
