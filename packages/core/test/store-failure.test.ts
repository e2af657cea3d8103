import {
  type AsyncStore,
  createLimiter,
  type Lease,
  type Limiter,
  type LimiterEvent,
  memoryStore,
  slidingWindow,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { allDone, failing } from "./failing.ts";
import { granted } from "./granted.ts";

const rpm = slidingWindow({ name: "rpm", limit: 9, window: 100, per: ["tenant"] });
const acme = { tenant: "acme" };
const one = { requests: 1 };
const down = new Error("connection lost");

async function setUp() {
  const store = failing(memoryStore({ clock: manualClock() }));
  const events: LimiterEvent[] = [];
  const observe = (event: LimiterEvent): void => void events.push(event);
  const limiter = createLimiter<AsyncStore>({ limits: [rpm], store, observe });
  const lease = granted(await limiter.reserve(acme));
  events.length = 0;
  const kinds = () => events.splice(0).map(({ kind }) => kind);
  return { store, limiter, lease, events, kinds };
}

type Verb = (limiter: Limiter<AsyncStore>, lease: Lease<AsyncStore>) => Promise<unknown>;

/** What each verb is told as besides, when the store answers. */
const verbs: readonly (readonly [string, Verb, readonly LimiterEvent["kind"][]])[] = [
  ["check", (limiter) => limiter.check(acme), ["decision"]],
  ["checkMany", (limiter) => limiter.checkMany([{ subject: acme }]), ["decision"]],
  ["peek", (limiter) => limiter.peek(acme), []],
  ["reserve", (limiter) => limiter.reserve(acme), ["decision"]],
  ["penalize", (limiter) => limiter.penalize(acme, one), []],
  ["reward", (limiter) => limiter.reward(acme, one), []],
  ["block", (limiter) => limiter.block(acme, 10), []],
  ["reset", (limiter) => limiter.reset(acme), []],
  ["extend", (_, lease) => lease.extend(one), []],
  ["settle", (_, lease) => lease.settle(), ["settle"]],
  ["release", (_, lease) => lease.release(), ["settle"]],
  ["asyncDispose", (_, lease) => lease[Symbol.asyncDispose](), ["settle"]],
];

describe("a store that fails", () => {
  it.each(verbs)("is told once of, and once of its recovery, by %s", async (_, verb, kinds) => {
    const world = await setUp();
    for (let round = 0; round < 2; round++) {
      world.store.error = down;
      for (let time = 0; time < 3; time++) {
        await expect(verb(world.limiter, world.lease)).rejects.toBe(down);
      }
      expect(world.events.splice(0)).toEqual([{ kind: "store-failure", error: down }]);
      world.store.error = undefined;
      await verb(world.limiter, world.lease);
      expect(world.kinds()).toEqual(["store-recovery", ...kinds]);
      await verb(world.limiter, world.lease);
      expect(world.kinds()).toEqual(kinds);
    }
  });

  it("is told of by a lease that nobody waits for, which is left to expire", async () => {
    const { store, lease, kinds } = await setUp();
    store.error = down;
    lease[Symbol.dispose]();
    await allDone();
    expect(kinds()).toEqual(["store-failure"]);
  });

  it("is told of once when several calls fail together, and recovers with the first answer", async () => {
    const { store, limiter, kinds } = await setUp();
    store.error = down;
    await Promise.allSettled([limiter.check(acme), limiter.peek(acme), limiter.reset(acme)]);
    expect(kinds()).toEqual(["store-failure"]);
    store.error = undefined;
    await Promise.all([limiter.check(acme), limiter.check(acme)]);
    expect(kinds()).toEqual(["store-recovery", "decision", "decision"]);
  });

  it("counts no decision, and leaves none behind", async () => {
    const { store, limiter } = await setUp();
    const before = limiter.metrics();
    store.error = down;
    await expect(limiter.check(acme)).rejects.toBe(down);
    await expect(limiter.reserve(acme)).rejects.toBe(down);
    store.error = undefined;
    expect(limiter.metrics()).toEqual(before);
    expect((await limiter.peek(acme)).limits[0]).toMatchObject({ used: 1 });
  });

  it("is not what a caller's mistake is taken for", async () => {
    const { limiter, kinds } = await setUp();
    await limiter.reserve(acme, one, { id: "mine" });
    expect(kinds()).toEqual(["decision"]);
    await expect(limiter.reserve(acme, { requests: 2 }, { id: "mine" })).rejects.toMatchObject({
      code: "id-conflict",
    });
    expect(kinds()).toEqual([]);
  });

  it("may be watched by nobody", async () => {
    const store = failing(memoryStore({ clock: manualClock() }));
    const limiter = createLimiter({ limits: [rpm], store });
    store.error = down;
    await expect(limiter.check(acme)).rejects.toBe(down);
    store.error = undefined;
    expect(await limiter.check(acme)).toMatchObject({ allowed: true });
  });
});
