import {
  type AsyncStore,
  concurrency,
  createLimiter,
  memoryStore,
  slidingWindow,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it, vi } from "vitest";

import { granted } from "./granted.ts";
import { later as promising } from "./later.ts";

const rpm = slidingWindow({ name: "rpm", limit: 2, window: 100, per: [] });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per: [] });
const inflight = concurrency({ name: "inflight", limit: 2, per: [] });
const limits = [rpm, tpm, inflight];

const asyncStore = (options: Parameters<typeof memoryStore>[0]): AsyncStore =>
  promising(memoryStore(options));

const down = new Error("connection lost");
const reject = async (): Promise<never> => {
  throw down;
};

describe("a store that promises", () => {
  it("makes every verb promise, and answer what it would at once", async () => {
    const clock = manualClock();
    const later = createLimiter({ limits, store: asyncStore({ clock }) });
    const atOnce = createLimiter({ limits, store: memoryStore({ clock }) });

    const reservation = later.reserve({}, { tokens: 40 }, { id: "one" });
    const now = atOnce.reserve({}, { tokens: 40 }, { id: "one" });
    expect(reservation).toBeInstanceOf(Promise);
    const [lease, leaseNow] = [granted(await reservation), granted(now)];
    expect(await reservation).toEqual({ ...now, lease: expect.objectContaining({ id: "one" }) });

    const batch = [
      { subject: {}, cost: { tokens: 2 } },
      { subject: {}, cost: { tokens: 99 } },
    ];
    const verbs = [
      [later.check({}, { tokens: 1 }), atOnce.check({}, { tokens: 1 })],
      [later.check({}, { tokens: 90 }), atOnce.check({}, { tokens: 90 })],
      [later.peek({}, { tokens: 1 }), atOnce.peek({}, { tokens: 1 })],
      [later.penalize({}, { tokens: 5 }), atOnce.penalize({}, { tokens: 5 })],
      [later.reward({}, { requests: 2 }), atOnce.reward({}, { requests: 2 })],
      [later.checkMany(batch), atOnce.checkMany(batch)],
      [lease.extend({ tokens: 70 }), leaseNow.extend({ tokens: 70 })],
      [lease.settle({ tokens: 7 }), leaseNow.settle({ tokens: 7 })],
      [lease.release(), leaseNow.release()],
      [later.block({}, "1m"), atOnce.block({}, "1m")],
      [later.check({}, { tokens: 1 }), atOnce.check({}, { tokens: 1 })],
      [later.reset({}), atOnce.reset({})],
      [later.check({}, { tokens: 1 }), atOnce.check({}, { tokens: 1 })],
    ] as const;
    for (const [promise, answer] of verbs) {
      expect(promise).toBeInstanceOf(Promise);
      expect(await promise).toEqual(answer);
    }
  });

  it("passes on the error with which it rejects", async () => {
    const store: AsyncStore = {
      reserve: reject,
      reserveMany: reject,
      peek: reject,
      extend: reject,
      settle: reject,
      adjust: reject,
      block: reject,
      reset: reject,
    };
    const limiter = createLimiter({ limits, store });
    const cost = { tokens: 1 };
    await expect(limiter.check({}, cost)).rejects.toBe(down);
    await expect(limiter.checkMany([{ subject: {}, cost }])).rejects.toBe(down);
    await expect(limiter.peek({}, cost)).rejects.toBe(down);
    await expect(limiter.reserve({}, cost)).rejects.toBe(down);
    await expect(limiter.penalize({}, cost)).rejects.toBe(down);
    await expect(limiter.reward({}, cost)).rejects.toBe(down);
    await expect(limiter.block({}, "1m")).rejects.toBe(down);
    await expect(limiter.reset({})).rejects.toBe(down);
  });

  it("passes on the error of a lease it could not end, unless nobody waits for it", async () => {
    const settle = vi.fn<AsyncStore["settle"]>(reject);
    const limiter = createLimiter({ limits, store: { ...asyncStore({}), extend: reject, settle } });
    const lease = granted(await limiter.reserve({}, { tokens: 1 }));
    await expect(lease.extend({ tokens: 1 })).rejects.toBe(down);
    await expect(lease.settle()).rejects.toBe(down);
    await expect(lease[Symbol.asyncDispose]()).rejects.toBe(down);
    // An unhandled rejection would fail the run.
    lease[Symbol.dispose]();
    expect(settle).toHaveBeenCalledTimes(3);
  });

  it("charges what was extended when a block throws", async () => {
    const limiter = createLimiter({ limits, store: asyncStore({ clock: manualClock() }) });
    const work = async (): Promise<never> => {
      await using lease = granted(await limiter.reserve({}, { tokens: 40 }));
      await lease.extend({ tokens: 7 });
      throw new Error("aborted");
    };
    await expect(work()).rejects.toThrow("aborted");
    const probe = await limiter.check({}, { tokens: 101 });
    expect(probe.limits.map(({ used }) => used)).toEqual([1, 7, 0]);
  });
});
