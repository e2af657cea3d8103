import { concurrency, createLimiter, type Limit, memoryStore, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: 50, per });
const acme = { tenant: "acme" };

function setUp(limits: readonly Limit[] = [rpm, tpm, inflight]) {
  const clock = manualClock(1_000);
  const limiter = createLimiter({ limits, store: memoryStore({ clock }) });
  // More than one capacity: refused, so that it changes nothing.
  const used = () =>
    limiter.check(acme, { tokens: 999, inflight: 9 }).limits.map((state) => state.used);
  return { clock, limiter, used };
}

describe("a lease", () => {
  it("is in flight for as long as the shortest limit in flight says", () => {
    const long = concurrency({ name: "long", limit: 2, expiresAfter: 70, per });
    const { limiter, clock } = setUp([long, inflight]);
    granted(limiter.reserve(acme));
    clock.advance(49);
    expect(limiter.check(acme).limits.map(({ used }) => used)).toEqual([1, 1]);
    clock.advance(1);
    expect(limiter.check(acme).limits.map(({ used }) => used)).toEqual([0, 0]);
  });

  it("may be in flight for longer than five minutes", () => {
    const { limiter, clock, used } = setUp([
      concurrency({ name: "jobs", limit: 2, expiresAfter: "1h", per }),
    ]);
    granted(limiter.reserve(acme));
    clock.advance(3_599_999);
    expect(used()).toEqual([1]);
    clock.advance(1);
    expect(used()).toEqual([0]);
  });

  it("lives for five minutes where no limit is in flight", () => {
    const hour = slidingWindow({ name: "hour", limit: 9, window: "1h", unit: "tokens", per });
    const { limiter, clock } = setUp([hour]);
    granted(limiter.reserve(acme, { tokens: 9 }));
    clock.advance(299_999);
    expect(limiter.check(acme, { tokens: 1 })).toMatchObject({ allowed: false, retryAfterMs: 1 });
    clock.advance(1);
    expect(limiter.check(acme, { tokens: 9 }).allowed).toBe(true);
  });

  it("that a block throws out of is charged what was extended", async () => {
    const { limiter, used } = setUp();
    const work = (): never => {
      using lease = granted(limiter.reserve(acme, { tokens: 40 }));
      lease.extend({ tokens: 7 });
      throw new Error("aborted");
    };
    const asyncWork = async (): Promise<never> => {
      await using lease = granted(limiter.reserve(acme, { tokens: 40 }));
      lease.extend({ tokens: 8 });
      throw new Error("aborted");
    };
    expect(work).toThrow("aborted");
    expect(used()).toEqual([1, 7, 0]);
    await expect(asyncWork()).rejects.toThrow("aborted");
    expect(used()).toEqual([2, 15, 0]);
  });

  it.each(["charge-used", "charge-estimate", "refund"] as const)(
    "that ends with its block is charged as if it expired: %s",
    (onExpiry) => {
      const clock = manualClock();
      const options = {
        name: "tpm",
        limit: 1_000,
        window: "1h",
        unit: "tokens",
        per: ["user"],
      } as const;
      const limiter = createLimiter({
        limits: [slidingWindow({ ...options, onExpiry })],
        store: memoryStore({ clock }),
      });
      granted(limiter.reserve({ user: "expires" }, { tokens: 800 })).extend({ tokens: 120 });
      {
        using lease = granted(limiter.reserve({ user: "ends" }, { tokens: 800 }));
        lease.extend({ tokens: 120 });
      }
      clock.advance(300_000);
      const used = (user: string) => limiter.check({ user }, { tokens: 0 }).limits[0]?.used;
      expect(used("ends")).toBe(
        { "charge-used": 120, "charge-estimate": 800, refund: 0 }[onExpiry],
      );
      expect(used("ends")).toBe(used("expires"));
    },
  );

  it("that ends with its block, and nothing was extended, is charged by each limit's expiry rule", async () => {
    const { limiter, used } = setUp();
    {
      using _ = granted(limiter.reserve(acme, { tokens: 40 }));
      expect(used()).toEqual([1, 40, 1]);
    }
    expect(used()).toEqual([1, 0, 0]);
    {
      await using _ = granted(limiter.reserve(acme, { tokens: 40 }));
      expect(used()).toEqual([2, 40, 1]);
    }
    expect(used()).toEqual([2, 0, 0]);
  });

  it("that was settled is not changed by the end of its block", () => {
    const { limiter, used } = setUp();
    {
      using lease = granted(limiter.reserve(acme, { tokens: 40 }));
      lease.extend({ tokens: 7 });
      lease.settle({ tokens: 12 });
    }
    expect(used()).toEqual([1, 12, 0]);
  });

  it("that expires at the instant its slot leaves has paid its estimate", () => {
    const short = slidingWindow({ name: "short", limit: 100, window: 50, unit: "tokens", per });
    const { limiter, clock, used } = setUp([short, inflight]);
    const lease = granted(limiter.reserve(acme, { tokens: 40 }));
    clock.advance(50);
    expect(used()).toEqual([0, 0]);
    expect(lease.settle({ tokens: 45 }).applied).toBe(true);
    expect(used()).toEqual([5, 0]);
  });

  it("cannot use more than the safe integers, also after its slot has left the window", () => {
    const short = slidingWindow({ name: "short", limit: 200, window: 50, unit: "tokens", per });
    const { limiter, clock } = setUp([short]);
    const lease = granted(limiter.reserve(acme, { tokens: 101 }));
    lease.extend({ tokens: 101 });
    clock.advance(50);
    expect(() => lease.extend({ tokens: Number.MAX_SAFE_INTEGER })).toThrow(
      expect.objectContaining({ code: "invalid-cost" }),
    );
    expect(lease.extend({ tokens: 1 }).limits[0]).toMatchObject({ charged: 102, overage: 0 });
  });
});
