import {
  type AsyncStore,
  concurrency,
  createLimiter,
  memoryStore,
  slidingWindow,
} from "@sluice/core";
import { manualClock, storeContract } from "@sluice/core/testing";
import { describe, expect, it, vi } from "vitest";

import { granted } from "./granted.ts";

const rpm = slidingWindow({ name: "rpm", limit: 2, window: 100, per: [] });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per: [] });
const inflight = concurrency({ name: "inflight", limit: 2, per: [] });
const limits = [rpm, tpm, inflight];

function asyncStore(options: Parameters<typeof memoryStore>[0]): AsyncStore {
  const store = memoryStore(options);
  return {
    reserve: async (claims, lease) => store.reserve(claims, lease),
    extend: async (claims, extension) => store.extend(claims, extension),
    settle: async (claims, settlement) => store.settle(claims, settlement),
  };
}

const down = new Error("connection lost");
const reject = async (): Promise<never> => {
  throw down;
};

describe("a store that promises", () => {
  storeContract(
    { describe, it },
    (clock, rememberMs) => asyncStore({ clock, remember: rememberMs }),
    { operations: 5_000 },
  );

  it("makes every verb promise, and answer what it would at once", async () => {
    const clock = manualClock();
    const later = createLimiter({ limits, store: asyncStore({ clock }) });
    const atOnce = createLimiter({ limits, store: memoryStore({ clock }) });

    const reservation = later.reserve({}, { tokens: 40 }, { id: "one" });
    const now = atOnce.reserve({}, { tokens: 40 }, { id: "one" });
    expect(reservation).toBeInstanceOf(Promise);
    const [lease, leaseNow] = [granted(await reservation), granted(now)];
    expect(await reservation).toEqual({ ...now, lease: expect.objectContaining({ id: "one" }) });

    const verbs = [
      [later.check({}, { tokens: 1 }), atOnce.check({}, { tokens: 1 })],
      [later.check({}, { tokens: 90 }), atOnce.check({}, { tokens: 90 })],
      [lease.extend({ tokens: 70 }), leaseNow.extend({ tokens: 70 })],
      [lease.settle({ tokens: 7 }), leaseNow.settle({ tokens: 7 })],
      [lease.release(), leaseNow.release()],
    ] as const;
    for (const [promise, answer] of verbs) {
      expect(promise).toBeInstanceOf(Promise);
      expect(await promise).toEqual(answer);
    }
  });

  it("passes on the error with which it rejects", async () => {
    const limiter = createLimiter({
      limits,
      store: { reserve: reject, extend: reject, settle: reject },
    });
    await expect(limiter.check({}, { tokens: 1 })).rejects.toBe(down);
    await expect(limiter.reserve({}, { tokens: 1 })).rejects.toBe(down);
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
