import {
  concurrency,
  createLimiter,
  fixedWindow,
  type Limit,
  type LimitState,
  memoryStore,
  type Subject,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock, seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per = ["tenant"];
const unit = "tokens";
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit, per });
const bucket = tokenBucket({ name: "bucket", capacity: 80, refill: 3, every: 7, unit, per });
const all = slidingWindow({ name: "all", limit: 100, window: 100, per: [] });
const day = fixedWindow({ name: "day", limit: 100_000, window: "day", unit, per });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per });
const acme = { tenant: "acme" };
const globex = { tenant: "globex" };

function setUp(limits: readonly Limit[] = [rpm, tpm], maxKeys = 1_000) {
  const clock = manualClock(1_000);
  const store = memoryStore({ clock, maxKeys });
  const limiter = createLimiter({ limits, store });
  const used = (subject: Subject = acme) =>
    limiter.peek(subject, { tokens: 0 }).limits.map((state) => state.used);
  return { clock, store, limiter, used };
}

const spentOf = ({ limit, cost }: LimitState): number =>
  limit.algorithm === "concurrency" ? 0 : cost;

describe("peek", () => {
  it("answers what the check that follows answers, whatever came before", () => {
    const random = seededRandom(7);
    const { clock, limiter } = setUp([rpm, tpm, bucket, inflight, day]);
    let refusals = 0;
    for (let asked = 0; asked < 500; asked++) {
      clock.advance(random.integer(0, 60));
      if (random.oneIn(9)) limiter.block(acme, random.integer(1, 40));
      if (random.oneIn(3)) limiter.reserve(acme, { requests: 1, tokens: random.integer(0, 50) });
      const cost = { requests: random.integer(0, 2), tokens: random.integer(0, 101) };
      const seen = limiter.peek(acme, cost);
      expect(limiter.peek(acme, cost)).toEqual(seen);
      const decision = limiter.check(acme, cost);
      if (!decision.allowed) refusals++;
      expect({ ...seen, limits: [] }).toEqual({ ...decision, limits: [] });
      const before = decision.limits.map((state) => ({
        ...state,
        used: state.used - (decision.allowed ? spentOf(state) : 0),
        remaining: expect.any(Number) as number,
        freesAfterMs: expect.any(Number) as number,
      }));
      expect(seen.limits).toEqual(before);
    }
    expect(refusals).toBeGreaterThan(100);
    expect(refusals).toBeLessThan(400);
  });

  it("charges nothing, counts nothing and keeps nothing", () => {
    const { limiter } = setUp();
    for (let time = 0; time < 9; time++) {
      expect(limiter.peek(acme, { requests: 3, tokens: 100 }).allowed).toBe(true);
    }
    expect(limiter.peek(acme, { requests: 4, tokens: 1 })).toMatchObject({ reason: "never-fits" });
    expect(limiter.metrics()).toMatchObject({ total: 0, keys: 0, leases: 0 });
  });
});

describe("penalize", () => {
  it("charges what it names beyond the limit, to nobody else, and nothing in flight", () => {
    const { limiter, used } = setUp([rpm, tpm, bucket, day, inflight]);
    const charge = limiter.penalize(acme, { tokens: 130, inflight: 2 });
    expect(charge).toMatchObject({ applied: true, holds: false, atMs: 1_000 });
    expect(
      charge.limits.map(({ limit, charged, overage }) => [limit.name, charged, overage]),
    ).toEqual([
      ["rpm", 0, 0],
      ["tpm", 130, 30],
      ["bucket", 130, 50],
      ["day", 130, 0],
      ["inflight", 0, 0],
    ]);
    expect(used()).toEqual([0, 130, 130, 130, 0]);
    expect(used(globex)).toEqual([0, 0, 0, 0, 0]);
  });

  it("leaves with the window that it fell in", () => {
    const { clock, limiter } = setUp();
    limiter.penalize(acme, { requests: 5 });
    clock.advance(99);
    expect(limiter.check(acme, { tokens: 0 })).toMatchObject({ limitedBy: "rpm", retryAfterMs: 1 });
    clock.advance(1);
    expect(limiter.check(acme, { tokens: 0 }).allowed).toBe(true);
  });

  it("changes nothing when one of its counts has no room", () => {
    const { limiter, used } = setUp([all, tpm], 1);
    limiter.check(acme, { requests: 99, tokens: 0 });
    const charge = limiter.penalize(acme, { requests: 5, tokens: 5 });
    expect(charge).toEqual({ applied: false, holds: false, limits: [], atMs: 1_000 });
    expect(used()).toEqual([99, 0]);
  });
});

describe("reward", () => {
  it.each<[string, number, number[], number[]]>([
    ["a part of it", 30, [30, 30, 30], [20, 20, 20]],
    ["all of it", 50, [50, 50, 50], [0, 0, 0]],
    ["no more than there is", 90, [50, 50, 50], [0, 0, 0]],
    ["nothing, for nothing", 0, [0, 0, 0], [50, 50, 50]],
  ])("gives back %s", (_, tokens, charged, left) => {
    const { limiter, used } = setUp([tpm, bucket, day]);
    limiter.check(acme, { tokens: 50 });
    limiter.check(globex, { tokens: 50 });
    const charge = limiter.reward(acme, { tokens });
    expect(charge).toMatchObject({ applied: true, holds: true });
    expect(charge.limits.map((limit) => limit.charged)).toEqual(charged);
    expect(used()).toEqual(left);
    expect(used(globex)).toEqual([50, 50, 50]);
  });

  it("takes the latest charges first, so that the rest leaves when it would have", () => {
    const { clock, limiter, used } = setUp([tpm]);
    limiter.check(acme, { tokens: 30 });
    clock.advance(40);
    limiter.check(acme, { tokens: 30 });
    limiter.reward(acme, { tokens: 40 });
    expect(used()).toEqual([20]);
    clock.advance(60);
    expect(used()).toEqual([0]);
  });

  it("leaves alone what the cost does not name", () => {
    const { limiter, used } = setUp();
    limiter.check(acme, { requests: 2, tokens: 50 });
    limiter.reward(acme, { tokens: 50 });
    expect(used()).toEqual([2, 0]);
  });
});

describe("block", () => {
  const user = slidingWindow({ name: "user", limit: 3, window: 100, per: ["tenant", "user"] });
  const ada = { tenant: "acme", user: "ada" };

  it("shuts out whoever is counted under exactly its dimensions, and nobody else", () => {
    const { limiter } = setUp([user, rpm, all]);
    expect(limiter.block(acme, 60)).toBe(true);
    expect(limiter.check(ada)).toMatchObject({ reason: "blocked", limitedBy: "rpm" });
    expect(limiter.check({ ...acme, user: "bob" })).toMatchObject({ reason: "blocked" });
    expect(limiter.check({ ...globex, user: "ada" }).allowed).toBe(true);
    limiter.block(acme, 0);
    limiter.block(ada, 60);
    expect(limiter.check(ada)).toMatchObject({ reason: "blocked", limitedBy: "user" });
    expect(limiter.check({ ...acme, user: "bob" }).allowed).toBe(true);
    limiter.block({}, 60);
    expect(limiter.check({ ...globex, user: "ada" })).toMatchObject({ limitedBy: "all" });
  });

  it.each<[string, Subject]>([
    ["fewer", {}],
    ["more", { ...acme, user: "ada" }],
    ["others", { user: "ada" }],
  ])("throws for %s dimensions than a limit has, as reset does", (_, subject) => {
    const { limiter } = setUp([rpm]);
    const invalid = expect.objectContaining({ code: "invalid-subject" }) as unknown;
    expect(() => limiter.block(subject, 60)).toThrow(invalid);
    expect(() => limiter.reset(subject)).toThrow(invalid);
    expect(limiter.check({ ...acme, ...subject }).allowed).toBe(true);
  });

  it("ends to the millisecond, and then nothing was charged", () => {
    const { clock, limiter, used } = setUp([rpm]);
    limiter.block(acme, 60);
    clock.advance(59);
    expect(limiter.check(acme)).toMatchObject({ reason: "blocked", retryAfterMs: 1 });
    clock.advance(1);
    expect(used()).toEqual([0]);
    expect(limiter.check(acme, { requests: 3 }).allowed).toBe(true);
  });

  it("replaces the block there is, a longer one too, and is lifted by 0", () => {
    const { limiter } = setUp([rpm]);
    for (const forMs of [60, 1_000, 20]) {
      limiter.block(acme, forMs);
      expect(limiter.check(acme)).toMatchObject({ reason: "blocked", retryAfterMs: forMs });
    }
    expect(limiter.block(acme, 0)).toBe(true);
    expect(limiter.check(acme).allowed).toBe(true);
    expect(limiter.block(globex, 0)).toBe(true);
    expect(limiter.metrics()).toMatchObject({ keys: 1 });
  });

  it("does not end a lease, and is not ended by one", () => {
    const { limiter, used } = setUp([tpm]);
    const lease = granted(limiter.reserve(acme, { tokens: 60 }));
    limiter.block(acme, 60);
    expect(lease.settle({ tokens: 7 })).toMatchObject({ applied: true, holds: true });
    expect(used()).toEqual([7]);
    expect(limiter.check(acme, { tokens: 0 })).toMatchObject({ reason: "blocked" });
  });

  it("is false, and blocks nobody, when the store has no room", () => {
    const { limiter } = setUp([rpm], 1);
    limiter.check(acme, { requests: 3 });
    expect(limiter.block(globex, 60)).toBe(false);
    expect(limiter.peek(globex).allowed).toBe(true);
    expect(limiter.block(acme, 60)).toBe(true);
  });

  it.each([-1, 0.5, "0s", "soon", Number.NaN])("throws for %j in place of a time", (forMs) => {
    const { limiter } = setUp([rpm]);
    expect(() => limiter.block(acme, forMs as 1)).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
    expect(limiter.check(acme).allowed).toBe(true);
  });
});

describe("reset", () => {
  it("forgets charges and blocks under exactly its dimensions, and nothing else", () => {
    const { limiter, used } = setUp([rpm, tpm, bucket, day, all]);
    for (const subject of [acme, globex]) limiter.check(subject, { requests: 3, tokens: 70 });
    limiter.block(acme, "1h");
    expect(limiter.reset(acme)).toBe(true);
    expect(used()).toEqual([0, 0, 0, 0, 6]);
    expect(used(globex)).toEqual([3, 70, 70, 70, 6]);
    expect(limiter.check(acme, { requests: 3, tokens: 80 }).allowed).toBe(true);
    expect(limiter.reset({ tenant: "unknown" })).toBe(true);
  });

  it("leaves a lease nothing to give back, and its overage to charge", () => {
    const { limiter, used } = setUp([tpm]);
    const lease = granted(limiter.reserve(acme, { tokens: 30 }));
    limiter.reset(acme);
    limiter.check(acme, { tokens: 20 });
    lease.settle({ tokens: 35 });
    expect(used()).toEqual([25]);
  });
});
