import { concurrency, createLimiter, type Limit, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";
import { later } from "./later.ts";

const per = ["tenant"];
const acme = { tenant: "acme" };
const rpm = (limit: number, window = 100) => slidingWindow({ name: "rpm", limit, window, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const places = (limit: number, expiresAfter = 50) =>
  concurrency({ name: "inflight", limit, expiresAfter, per });

function setUp(limits: readonly Limit[]) {
  const clock = manualClock(1_000);
  const limiter = createLimiter({ limits, store: memoryStore({ clock }) });
  const used = () => limiter.peek(acme, { tokens: 0 }).limits.map((state) => state.used);
  return { clock, limiter, used };
}

describe("update", () => {
  it("raises a limit for those who had spent it", () => {
    const { limiter } = setUp([rpm(3)]);
    limiter.check(acme, { requests: 3 });
    limiter.update([rpm(5)]);
    expect(limiter.check(acme)).toMatchObject({
      allowed: true,
      limits: [{ used: 4, remaining: 1 }],
    });
  });

  it("lowers a limit below what is charged, which has then to leave first", () => {
    const { clock, limiter } = setUp([rpm(3)]);
    limiter.check(acme, { requests: 2 });
    clock.advance(10);
    limiter.check(acme);
    limiter.update([rpm(1)]);
    expect(limiter.check(acme, { requests: 0 })).toMatchObject({ retryAfterMs: 90 });
    expect(limiter.check(acme)).toMatchObject({
      reason: "over-limit",
      retryAfterMs: 100,
      limits: [{ used: 3, remaining: 0 }],
    });
    expect(limiter.check(acme, { requests: 2 })).toMatchObject({ reason: "never-fits" });
    clock.advance(100);
    expect(limiter.check(acme).allowed).toBe(true);
  });

  it("keeps what a limit has counted while it is gone, until its window has passed", () => {
    const { clock, limiter, used } = setUp([rpm(3), tpm]);
    limiter.check(acme, { requests: 3, tokens: 60 });
    limiter.update([tpm]);
    expect(limiter.check(acme, { tokens: 10 }).allowed).toBe(true);
    clock.advance(50);
    limiter.update([tpm, rpm(3)]);
    expect(used()).toEqual([70, 3]);
    limiter.update([tpm]);
    clock.advance(50);
    limiter.update([rpm(3), tpm]);
    expect(used()).toEqual([0, 0]);
  });

  it("counts what there is by another window", () => {
    const { clock, limiter, used } = setUp([rpm(3)]);
    limiter.check(acme, { requests: 3 });
    limiter.update([rpm(3, 30)]);
    clock.advance(29);
    expect(used()).toEqual([3]);
    clock.advance(1);
    expect(used()).toEqual([0]);
  });

  it("begins anew for a limit of another unit or other dimensions", () => {
    const { limiter } = setUp([rpm(3)]);
    limiter.check(acme, { requests: 3 });
    const others = [
      slidingWindow({ name: "rpm", limit: 3, window: 100, unit: "tokens", per }),
      slidingWindow({ name: "rpm", limit: 3, window: 100, per: [] }),
    ];
    for (const limit of others) {
      limiter.update([limit]);
      expect(limiter.check(acme, { requests: 3, tokens: 3 }).allowed).toBe(true);
    }
  });

  it("settles a lease under the limits it was reserved with, however they change", () => {
    const { limiter, used } = setUp([tpm, places(2)]);
    const lease = granted(limiter.reserve(acme, { tokens: 60 }));
    limiter.update([rpm(9)]);
    expect(
      lease.extend({ tokens: 70 }).limits.map(({ limit, charged }) => [limit.name, charged]),
    ).toEqual([
      ["tpm", 70],
      ["inflight", 1],
    ]);
    expect(lease.settle({ tokens: 130 })).toMatchObject({
      holds: false,
      limits: [{ charged: 130, overage: 30 }, { charged: 0 }],
    });
    limiter.update([tpm, places(2), rpm(9)]);
    expect(used()).toEqual([130, 0, 0]);
  });

  it("gives leases that are reserved from then on the deadline of the new limits", () => {
    const { clock, limiter, used } = setUp([places(2)]);
    granted(limiter.reserve(acme));
    limiter.update([places(2, 10)]);
    granted(limiter.reserve(acme));
    clock.advance(10);
    expect(used()).toEqual([1]);
    clock.advance(40);
    expect(used()).toEqual([0]);
  });

  it("decides under the old limits what was asked before, also when the store answers after", async () => {
    const store = later(memoryStore({ clock: manualClock() }));
    const limiter = createLimiter({ limits: [rpm(3), tpm], store });
    const [one, many] = [
      limiter.check(acme, { tokens: 1 }),
      limiter.checkMany([{ subject: acme, cost: { tokens: 1 } }]),
    ];
    const reserved = limiter.reserve(acme, { tokens: 1 });
    limiter.update([places(1)]);
    for (const decision of [await one, (await many)[0]!, await reserved]) {
      expect(decision.limits.map(({ limit }) => limit.name)).toEqual(["rpm", "tpm"]);
    }
    const charge = await granted(await reserved).settle({ tokens: 9 });
    expect(charge.limits.map(({ charged }) => charged)).toEqual([1, 9]);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["no limits", []],
    ["a limit that was not made", [{ ...rpm(9) }]],
    ["the same name twice", [rpm(9), rpm(8)]],
    ["33 limits", Array.from({ length: 33 }, (_, index) => places(index))],
  ])("throws for %s, and changes nothing", (_, limits) => {
    const { limiter } = setUp([rpm(3)]);
    limiter.check(acme, { requests: 3 });
    const before = limiter.limits;
    expect(() => limiter.update(limits as Limit[])).toThrow(
      expect.objectContaining({
        code: "invalid-option",
        message: expect.stringMatching(/^update: limits must be /) as string,
      }),
    );
    expect(limiter.limits).toBe(before);
    expect(limiter.check(acme)).toMatchObject({ reason: "over-limit", limitedBy: "rpm" });
    expect(limiter.metrics().limits.map(({ name }) => name)).toEqual(["rpm"]);
  });

  it("is not changed with the array that it was given", () => {
    const { limiter } = setUp([rpm(3)]);
    const next: Limit[] = [rpm(3), tpm];
    limiter.update(next);
    next.pop();
    expect(limiter.limits.map(({ name }) => name)).toEqual(["rpm", "tpm"]);
  });
});
