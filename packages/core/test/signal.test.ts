import {
  concurrency,
  createLimiter,
  type Limit,
  memoryStore,
  type ReserveOptions,
  type Signal,
  slidingWindow,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { allDone, failing } from "./failing.ts";
import { granted } from "./granted.ts";
import { later } from "./later.ts";

// Of the runtime that tests run in: the package itself knows none.
declare const AbortController: new () => { readonly signal: Signal; abort(): void };
declare const AbortSignal: { abort(reason: unknown): Signal };
const events: string = "node:events";
const { getEventListeners } = (await import(events)) as {
  getEventListeners: (target: Signal, type: string) => readonly unknown[];
};

const per = ["tenant"];
const tpm = slidingWindow({ name: "tpm", limit: 100, window: "1h", unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: "1m", per });
const acme = { tenant: "acme" };
const stop = new Error("the client went away");

function setUp(limits: readonly Limit[] = [tpm, inflight]) {
  const clock = manualClock();
  const store = memoryStore({ clock });
  const limiter = createLimiter({ limits, store });
  const reserve = (options?: ReserveOptions) =>
    granted(limiter.reserve(acme, { tokens: 40 }, options));
  const used = () => limiter.peek(acme, { tokens: 0 }).limits.map((state) => state.used);
  return { clock, store, limiter, reserve, used };
}

const listeners = (signal: Signal): number => getEventListeners(signal, "abort").length;

describe("a deadline", () => {
  it.each<[string, ReserveOptions, number]>([
    ["as short as it is told", { deadline: 20 }, 20],
    ["longer than any limit says", { deadline: "2h" }, 7_200_000],
    ["that of its limits unless it is told", {}, 60_000],
  ])("is %s, from the reservation or the last sign of life", (_, options, deadlineMs) => {
    const { clock, reserve, limiter } = setUp([inflight]);
    const places = () => limiter.peek(acme).limits[0]!.used;
    const lease = reserve(options);
    clock.advance(deadlineMs - 1);
    expect(places()).toBe(1);
    lease.extend({});
    clock.advance(deadlineMs - 1);
    expect(places()).toBe(1);
    clock.advance(1);
    expect(places()).toBe(0);
    expect(lease.extend({}).applied).toBe(true);
    expect(places()).toBe(0);
  });

  it.each([0, -1, 1.5, "0s", "soon", Infinity, null])(
    "throws for %j, and charges nothing",
    (wrong) => {
      const { limiter, used } = setUp();
      expect(() => limiter.reserve(acme, { tokens: 40 }, { deadline: wrong as 1 })).toThrow(
        expect.objectContaining({
          code: "invalid-option",
          message: expect.stringMatching(
            /^reserve: deadline must be a positive duration/,
          ) as string,
        }),
      );
      expect(used()).toEqual([0, 0]);
    },
  );
});

describe("a signal", () => {
  it("that has aborted is thrown by its reason, and nothing is charged", () => {
    const { limiter, used } = setUp();
    const signal = AbortSignal.abort(stop);
    const reserve = () => limiter.reserve(acme, { tokens: 40 }, { signal });
    expect(reserve).toThrow(stop);
    expect(used()).toEqual([0, 0]);
    expect(limiter.metrics()).toMatchObject({ total: 0, keys: 0 });
    expect(listeners(signal)).toBe(0);
  });

  it("that has aborted is thrown at once also by a store that promises", () => {
    const limiter = createLimiter({ limits: [tpm], store: later(memoryStore()) });
    const options = { signal: AbortSignal.abort(stop) };
    expect(() => limiter.reserve(acme, { tokens: 40 }, options)).toThrow(stop);
  });

  it.each([
    ["charge-used", 7],
    ["charge-estimate", 40],
    ["refund", 0],
  ] as const)("that aborts ends the lease as if it expired: %s", (onExpiry, charged) => {
    const limit = slidingWindow({
      name: "l",
      limit: 100,
      window: "1h",
      unit: "tokens",
      per,
      onExpiry,
    });
    const { reserve, used } = setUp([limit, inflight]);
    const controller = new AbortController();
    const { signal } = controller;
    const lease = reserve({ signal });
    lease.extend({ tokens: 7 });
    controller.abort();
    expect(used()).toEqual([charged, 0]);
    expect(lease.settle({ tokens: 99 })).toMatchObject({ applied: false });
    expect(used()).toEqual([charged, 0]);
    expect(listeners(signal)).toBe(0);
  });

  it("that aborts while the store is at work ends the lease that it grants", async () => {
    const store = memoryStore({ clock: manualClock() });
    const limiter = createLimiter({ limits: [tpm, inflight], store: later(store) });
    const controller = new AbortController();
    const pending = limiter.reserve(acme, { tokens: 40 }, { signal: controller.signal });
    controller.abort();
    const lease = granted(await pending);
    await allDone();
    const { limits } = await limiter.peek(acme, { tokens: 0 });
    expect(limits.map(({ used }) => used)).toEqual([0, 0]);
    expect(await lease.settle()).toMatchObject({ applied: false });
    expect(listeners(controller.signal)).toBe(0);
  });

  it("that aborts when the store fails harms nobody: the lease expires", async () => {
    const clock = manualClock();
    const store = failing(memoryStore({ clock }));
    const limiter = createLimiter({ limits: [inflight], store });
    const controller = new AbortController();
    granted(await limiter.reserve(acme, {}, { signal: controller.signal }));
    store.error = new Error("connection lost");
    controller.abort();
    // An unhandled rejection would fail the run.
    await allDone();
    store.error = undefined;
    expect((await limiter.peek(acme)).limits[0]).toMatchObject({ used: 1 });
    clock.advance(60_000);
    expect((await limiter.peek(acme)).limits[0]).toMatchObject({ used: 0 });
  });

  it("that aborts after the lease has ended changes nothing", () => {
    const { reserve, used } = setUp();
    const controller = new AbortController();
    reserve({ signal: controller.signal }).settle({ tokens: 12 });
    controller.abort();
    expect(used()).toEqual([12, 0]);
  });

  it("is not listened to for a request that was refused", () => {
    const { limiter } = setUp();
    const { signal } = new AbortController();
    expect(limiter.reserve(acme, { tokens: 101 }, { signal }).allowed).toBe(false);
    expect(listeners(signal)).toBe(0);
  });

  it("is listened to until the lease ends, however that is", async () => {
    const { reserve } = setUp();
    const { signal } = new AbortController();
    const ends: ((lease: ReturnType<typeof reserve>) => unknown)[] = [
      (lease) => lease.settle(),
      (lease) => lease.settle("unknown"),
      (lease) => lease.release(),
      (lease) => lease[Symbol.dispose](),
      (lease) => lease[Symbol.asyncDispose](),
    ];
    for (const end of ends) {
      const lease = reserve({ signal });
      lease.extend({ tokens: 1 });
      expect(listeners(signal)).toBe(1);
      await end(lease);
      expect(listeners(signal)).toBe(0);
    }
  });

  it("is still listened to when the lease could not be settled for a wrong cost", () => {
    const { reserve, used } = setUp();
    const controller = new AbortController();
    const lease = reserve({ signal: controller.signal });
    expect(() => lease.settle({ tokens: -1 })).toThrow("cost");
    expect(used()).toEqual([40, 1]);
    controller.abort();
    expect(used()).toEqual([0, 0]);
  });

  it("has no listener left after 10,000 leases, and no more than are live", () => {
    const { reserve } = setUp([inflight]);
    const { signal } = new AbortController();
    let most = 0;
    for (let count = 0; count < 5_000; count++) {
      const [one, other] = [reserve({ signal }), reserve({ signal })];
      most = Math.max(most, listeners(signal));
      one.settle();
      other.release();
    }
    expect(most).toBe(2);
    expect(listeners(signal)).toBe(0);
  });
});

describe("settle", () => {
  it.each<[string, (number | undefined)[], number]>([
    ["its estimate when nothing was reported", [], 40],
    ["what was reported", [7, 8], 15],
    ["0 when that was reported", [0], 0],
    ["what was reported beyond the estimate", [50], 50],
    ["its estimate when only life was shown", [undefined], 40],
  ])("charges what is unknown %s", (_, reports, charged) => {
    for (const actual of ["unknown", undefined, {}] as const) {
      const { reserve, used } = setUp();
      const lease = reserve();
      for (const tokens of reports) lease.extend({ tokens });
      expect(lease.settle(actual)).toMatchObject({ applied: true, limits: [{ charged }, {}] });
      expect(used()).toEqual([charged, 0]);
    }
  });

  it("takes no other word for it", () => {
    const { reserve, used } = setUp();
    const lease = reserve();
    for (const wrong of ["unknow", null, 7, []]) {
      expect(() => lease.settle(wrong as "unknown")).toThrow(
        expect.objectContaining({ code: "invalid-cost" }),
      );
    }
    expect(used()).toEqual([40, 1]);
  });
});
