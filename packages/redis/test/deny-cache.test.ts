import {
  type AsyncStore,
  concurrency,
  createLimiter,
  type Decision,
  memoryStore,
  slidingWindow,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { denyCache, type DenyCacheOptions } from "../src/deny-cache.ts";
import { claimOf } from "./claims.ts";
import { later } from "./later.ts";

const rpm = slidingWindow({ name: "rpm", limit: 10, window: 100, per: ["tenant"] });
const other = slidingWindow({ name: "other", limit: 20, window: 100, per: ["tenant"] });
const acme = { tenant: "acme" };

function bench(options: DenyCacheOptions = {}) {
  const clock = manualClock();
  const inner = later(memoryStore({ clock }));
  const store = denyCache(inner, { now: clock, ...options });
  const limiter = createLimiter({ limits: [rpm, other], store });
  const ask = async (cost: number, tenant = "acme"): Promise<string> =>
    told(await limiter.check({ tenant }, { requests: cost }));
  return { clock, inner, store, limiter, ask };
}

function told(decision: Decision): string {
  if (decision.allowed) return "allowed";
  return `${decision.reason} ${decision.limitedBy} ${decision.retryAfterMs ?? "never"}`;
}

const request = (tenant: string) => ({ subject: { tenant }, cost: { requests: 2 } });

describe("a deny cache", () => {
  it("does not believe a refusal that was not the store's own", async () => {
    const { inner } = bench();
    const reserve: AsyncStore["reserve"] = async (...given) => ({
      ...(await inner.reserve(...given)),
      degraded: "local",
    });
    const store = denyCache({ ...inner, reserve });
    for (let call = 0; call < 3; call++) await store.reserve([claimOf(rpm, 8)]);
    expect(inner.asked).toEqual(["reserve", "reserve", "reserve"]);
  });

  it("remembers each of a batch by what was given back to it alone", async () => {
    const { inner, store } = bench();
    const held: (() => void)[] = [];
    const [kept, given] = [[claimOf(rpm, 11, "a")], [claimOf(rpm, 11, "b")]];
    inner.beforeAnswer = () => new Promise<void>((resolve) => held.push(resolve));
    const underWay = store.reserve(given);
    inner.beforeAnswer = () => {};
    await store.reset(given);
    await store.reserveMany([kept, given]);
    inner.asked.length = 0;
    await store.reserve(kept);
    await store.reserve(given);
    expect(inner.asked).toEqual([]);
    for (const goOn of held) goOn();
    await underWay;
  });

  it("answers a refusal again until the earliest time, counting down, and then asks", async () => {
    const { clock, inner, ask } = bench();
    expect(await ask(8)).toBe("allowed");
    expect(await ask(3)).toBe("over-limit rpm 100");
    inner.asked.length = 0;
    clock.advance(40);
    expect(await ask(3)).toBe("over-limit rpm 60");
    clock.advance(59);
    expect(await ask(3)).toBe("over-limit rpm 1");
    expect(inner.asked).toEqual([]);
    clock.advance(1);
    expect(await ask(3)).toBe("allowed");
  });

  it("tells what was last known of every limit, and the time as it is", async () => {
    const { clock, limiter } = bench();
    await limiter.check(acme, { requests: 8 });
    const asked = await limiter.check(acme, { requests: 3 });
    clock.advance(40);
    const again = await limiter.check(acme, { requests: 3 });
    expect(again.atMs).toBe(asked.atMs + 40);
    expect(again.limits.map(({ used }) => used)).toEqual([8, 8]);
    expect(again.limits.map(({ retryAfterMs }) => retryAfterMs)).toEqual([60, 0]);
    expect(again.limits.map(({ violated }) => violated)).toEqual([true, false]);
  });

  it("asks for a cost that might fit", async () => {
    const { ask } = bench();
    await ask(8);
    expect(await ask(3)).toBe("over-limit rpm 100");
    expect(await ask(2)).toBe("allowed");
  });

  it("refuses what costs more than what was refused, and tells when it never fits", async () => {
    const { inner, ask } = bench();
    const wide = createLimiter({ limits: [rpm], store: denyCache(inner, { now: () => 0 }) });
    await ask(8);
    await wide.check(acme, { requests: 3 });
    inner.asked.length = 0;
    expect(told(await wide.check(acme, { requests: 4 }))).toBe("over-limit rpm 100");
    expect(told(await wide.check(acme, { requests: 11 }))).toBe("never-fits rpm never");
    expect(inner.asked).toEqual([]);
  });

  it("asks where a limit that had room is asked for more", async () => {
    const { inner, ask } = bench();
    await ask(8);
    await ask(3);
    inner.asked.length = 0;
    expect(await ask(4)).toBe("over-limit rpm 100");
    expect(inner.asked).toEqual(["reserve"]);
  });

  it("answers what never fits from memory, for as long as it may", async () => {
    const { clock, inner, ask } = bench({ longestMs: 1_000 });
    expect(await ask(11)).toBe("never-fits rpm never");
    clock.advance(999);
    expect(await ask(11)).toBe("never-fits rpm never");
    expect(inner.asked).toEqual(["reserve"]);
    clock.advance(1);
    expect(await ask(11)).toBe("never-fits rpm never");
    expect(inner.asked).toEqual(["reserve", "reserve"]);
  });

  it("counts from when the request was sent, so that it ends early rather than late", async () => {
    const { clock, inner, ask } = bench();
    await ask(10);
    inner.beforeAnswer = () => clock.advance(30);
    expect(await ask(1)).toBe("over-limit rpm 100");
    inner.asked.length = 0;
    clock.advance(69);
    expect(await ask(1)).toBe("over-limit rpm 1");
    expect(inner.asked).toEqual([]);
    inner.beforeAnswer = () => {};
    clock.advance(1);
    expect(await ask(1)).toBe("allowed");
  });

  it("knows nothing of other subjects, other claims and other terms", async () => {
    const { inner, store, ask } = bench();
    await ask(10);
    await ask(1);
    inner.asked.length = 0;
    expect(await ask(1, "beta")).toBe("allowed");
    expect((await store.reserve([claimOf(rpm, 1, "acme")])).verdict).toBe("refused");
    const raised = slidingWindow({ name: "rpm", limit: 11, window: 100, per: ["tenant"] });
    expect((await store.reserve([claimOf(raised, 1, "acme")])).verdict).toBe("allowed");
    expect(inner.asked).toEqual(["reserve", "reserve", "reserve"]);
  });

  it("sees at once what this process gives back", async () => {
    const { limiter, ask } = bench();
    const reservation = await limiter.reserve(acme, { requests: 10 });
    expect(await ask(3)).toBe("over-limit rpm 100");
    if (reservation.allowed) await reservation.lease.settle({ requests: 7 });
    expect(await ask(3)).toBe("allowed");
    expect(await ask(1)).toBe("over-limit rpm 100");
    await limiter.reward(acme, { requests: 1 });
    expect(await ask(1)).toBe("allowed");
    await limiter.block(acme, "1m");
    expect(await ask(1)).toBe("blocked rpm 60000");
    await limiter.block(acme, 0);
    expect(await ask(1)).toBe("over-limit rpm 100");
    await limiter.reset(acme);
    expect(await ask(10)).toBe("allowed");
  });

  it("does not believe an answer that is older than what was given back", async () => {
    const { inner, limiter, ask } = bench();
    await ask(10);
    let answer: (() => void) | undefined;
    inner.beforeAnswer = () => new Promise<void>((resolve) => (answer = resolve));
    const slow = ask(1);
    inner.beforeAnswer = () => {};
    await limiter.reward(acme, { requests: 5 });
    answer?.();
    expect(await slow).toBe("over-limit rpm 100");
    expect(await ask(1)).toBe("allowed");
  });

  it("remembers nothing of who waits for a place in flight, but that it is blocked", async () => {
    const { clock, inner } = bench();
    const inflight = concurrency({ name: "inflight", limit: 1, per: ["tenant"] });
    const limiter = createLimiter({ limits: [inflight], store: denyCache(inner, { now: clock }) });
    const first = await limiter.reserve(acme);
    expect((await limiter.check(acme)).allowed).toBe(false);
    // Another process's.
    if (first.allowed) await createLimiter({ limits: [inflight], store: inner }).reset(acme);
    expect((await limiter.check(acme)).allowed).toBe(true);
    await limiter.block(acme, 50);
    expect(told(await limiter.check(acme))).toBe("blocked inflight 50");
    inner.asked.length = 0;
    clock.advance(20);
    expect(told(await limiter.check(acme))).toBe("blocked inflight 30");
    expect(inner.asked).toEqual([]);
  });

  it("lets every lease ask: its id may have been allowed before", async () => {
    const { limiter } = bench();
    await limiter.reserve(acme, { requests: 10 }, { id: "one" });
    expect((await limiter.check(acme)).allowed).toBe(false);
    const again = await limiter.reserve(acme, { requests: 10 }, { id: "one" });
    expect(again).toMatchObject({ allowed: true, replayed: true });
  });

  it("asks only for those of many that it has no answer to", async () => {
    const { inner, limiter, ask } = bench();
    await ask(10);
    await ask(2);
    inner.asked.length = 0;
    const many = await limiter.checkMany([request("acme"), request("beta"), request("acme")]);
    expect(many.map(({ allowed }) => allowed)).toEqual([false, true, false]);
    expect(inner.asked).toEqual(["reserveMany 1"]);
    expect(await limiter.checkMany([request("acme")])).toMatchObject([{ allowed: false }]);
    expect(inner.asked).toEqual(["reserveMany 1"]);
  });

  it("keeps a bounded number, and forgets the one that ends soonest", async () => {
    const { clock, inner, ask } = bench({ keys: 4 });
    for (const tenant of ["a", "b", "c", "d", "e"]) {
      await ask(10, tenant);
      await ask(1, tenant);
      clock.advance(1);
    }
    inner.asked.length = 0;
    for (const tenant of ["b", "c", "d", "e"]) await ask(1, tenant);
    expect(inner.asked).toEqual([]);
    await ask(1, "a");
    expect(inner.asked).toEqual(["reserve"]);
  });

  it("passes errors on, and remembers nothing of them", async () => {
    const { inner, ask } = bench();
    inner.failure = new Error("connection lost");
    await expect(ask(1)).rejects.toBe(inner.failure);
    inner.failure = undefined;
    expect(await ask(1)).toBe("allowed");
  });
});
