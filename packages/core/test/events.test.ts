import {
  concurrency,
  createLimiter,
  type Limit,
  type LimiterEvent,
  memoryStore,
  slidingWindow,
  type Store,
} from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: 100, per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 9, expiresAfter: 50, per });
const acme = { tenant: "acme" };
const one = { requests: 1 };

const clock = manualClock(1_000);

function hearing<const S extends Store>(store: S, limits: readonly Limit[] = [rpm]) {
  const events: LimiterEvent[] = [];
  const observe = (event: LimiterEvent): void => void events.push(event);
  const limiter = createLimiter({ limits, store, observe });
  /** What was told since it was last asked. */
  const told = () => events.splice(0);
  const kinds = () => told().map(({ kind }) => kind);
  return { limiter, told, kinds };
}

describe("an observer of a limiter", () => {
  it("is told each decision of check, checkMany and reserve, as the caller is", () => {
    const { limiter, told } = hearing(memoryStore({ clock }));
    const decision = limiter.check(acme);
    expect(told()).toEqual([{ kind: "decision", subject: acme, cost: one, decision }]);
    const cost = { requests: 2 };
    const decisions = limiter.checkMany([{ subject: acme, cost }, { subject: acme }]);
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect(told()).toEqual([
      { kind: "decision", subject: acme, cost, decision: decisions[0] },
      { kind: "decision", subject: acme, cost: one, decision: decisions[1] },
    ]);
    const refused = limiter.reserve(acme);
    expect(told()).toEqual([{ kind: "decision", subject: acme, cost: one, decision: refused }]);
  });

  it("is told each end of a lease, whichever it is, and once it is too late", () => {
    const { limiter, told, kinds } = hearing(memoryStore({ clock }), [tpm]);
    const reserve = () => granted(limiter.reserve(acme, { tokens: 10 }));
    const lease = reserve();
    expect(kinds()).toEqual(["decision"]);
    const charge = lease.settle({ tokens: 7 });
    expect(told()).toEqual([{ kind: "settle", id: lease.id, charge }]);
    const late = lease.release();
    expect(late.applied).toBe(false);
    expect(told()).toEqual([{ kind: "settle", id: lease.id, charge: late }]);
    const released = reserve();
    released.release();
    let disposed: string;
    {
      using third = reserve();
      disposed = third.id;
    }
    expect(told().map((event) => (event.kind === "settle" ? event.id : event.kind))).toEqual([
      "decision",
      released.id,
      "decision",
      disposed,
    ]);
  });

  it("hears of a lease by the id that its caller gave it", () => {
    const { limiter, told } = hearing(memoryStore({ clock }));
    granted(limiter.reserve(acme, one, { id: "mine" })).settle();
    expect(told().at(-1)).toMatchObject({ kind: "settle", id: "mine" });
  });

  it("is told nothing of what decides nothing", () => {
    const { limiter, kinds } = hearing(memoryStore({ clock }), [tpm, inflight]);
    const lease = granted(limiter.reserve(acme, { tokens: 10 }));
    expect(kinds()).toEqual(["decision"]);
    limiter.peek(acme, { tokens: 10 });
    lease.extend({ tokens: 5 });
    limiter.penalize(acme, { tokens: 5 });
    limiter.reward(acme, { tokens: 5 });
    limiter.block(acme, 10);
    limiter.reset(acme);
    limiter.metrics();
    expect(() => limiter.check({})).toThrow("subject");
    expect(kinds()).toEqual([]);
  });

  it("is told of limits that are put in the place of others, and not of wrong ones", () => {
    const { limiter, told } = hearing(memoryStore({ clock }));
    const before = limiter.limits;
    limiter.update([tpm, rpm]);
    expect(told()).toEqual([{ kind: "limits-changed", before, limits: [tpm, rpm] }]);
    expect(() => limiter.update([])).toThrow("limits");
    expect(told()).toEqual([]);
  });

  it("does no harm by what it throws", () => {
    let heard = 0;
    const observe = (): never => {
      heard++;
      throw new Error("no");
    };
    const limiter = createLimiter({ limits: [rpm], store: memoryStore({ clock }), observe });
    const lease = granted(limiter.reserve(acme));
    expect(lease.settle().applied).toBe(true);
    limiter.update([tpm, rpm]);
    expect(limiter.check(acme, { tokens: 1 })).toMatchObject({ allowed: true });
    expect(limiter.metrics()).toMatchObject({ allowed: 2 });
    expect(heard).toBe(4);
  });
});

/** Three leases that have passed their deadlines. */
function expiring() {
  const store = memoryStore({ clock });
  const world = hearing(store, [inflight]);
  const leases = [1, 2, 3].map(() => granted(world.limiter.reserve(acme)));
  world.told();
  clock.advance(50);
  return { ...world, store, leases };
}

describe("a lease that expires", () => {
  const finders: readonly (readonly [string, (world: ReturnType<typeof expiring>) => unknown])[] = [
    ["check", ({ limiter }) => limiter.check(acme)],
    ["checkMany", ({ limiter }) => limiter.checkMany([{ subject: acme }, { subject: acme }])],
    ["peek", ({ limiter }) => limiter.peek(acme)],
    ["penalize", ({ limiter }) => limiter.penalize(acme, one)],
    ["reward", ({ limiter }) => limiter.reward(acme, one)],
    ["block", ({ limiter }) => limiter.block(acme, 10)],
    ["reset", ({ limiter }) => limiter.reset(acme)],
    ["extend", ({ leases }) => leases[0]!.extend(one)],
    ["settle", ({ leases }) => leases[0]!.settle()],
  ];

  it.each(finders)("is told once, before the rest, when sweep() found it before %s", (_, find) => {
    const world = expiring();
    world.store.sweep();
    find(world);
    const [first, ...others] = world.told();
    expect(first).toEqual({ kind: "expiry", leases: 3, atMs: clock() });
    for (let time = 0; time < 2; time++) {
      world.store.sweep();
      find(world);
    }
    expect([...others, ...world.told()].filter(({ kind }) => kind === "expiry")).toEqual([]);
  });

  it("is told once, by whichever call comes across it", () => {
    const { limiter, store, told } = expiring();
    const found = (): number =>
      told().reduce((sum, event) => sum + (event.kind === "expiry" ? event.leases : 0), 0);
    for (let time = 0; time < 50; time++) {
      granted(limiter.reserve(acme));
      clock.advance(50);
    }
    const early = found();
    expect(early).toBeGreaterThan(0);
    store.sweep();
    limiter.peek(acme);
    expect(early + found()).toBe(53);
  });

  it("is told when it is settled too late, and is settled all the same", () => {
    const { leases, told } = expiring();
    const charge = leases[0]!.settle();
    expect(charge.applied).toBe(true);
    expect(told()).toEqual([
      { kind: "expiry", leases: 1, atMs: clock() },
      { kind: "settle", id: leases[0]!.id, charge },
    ]);
  });

  it("is not told when it has ended", () => {
    const { limiter, store, leases, told } = expiring();
    for (const lease of leases) lease.release();
    told();
    const lease = granted(limiter.reserve(acme));
    lease.settle();
    clock.advance(50);
    store.sweep();
    limiter.check(acme);
    expect(told().map(({ kind }) => kind)).toEqual(["decision", "settle", "decision"]);
  });
});

describe("a full store", () => {
  it("is a refusal, and no failure of it", () => {
    const { limiter, told } = hearing(memoryStore({ clock, maxKeys: 1 }));
    limiter.check(acme, { requests: 3 });
    expect(limiter.check({ tenant: "other" })).toMatchObject({ reason: "store-unavailable" });
    expect(limiter.penalize({ tenant: "other" }, one).applied).toBe(false);
    expect(limiter.block({ tenant: "other" }, 10)).toBe(false);
    expect(told().map(({ kind }) => kind)).toEqual(["decision", "decision"]);
  });
});
