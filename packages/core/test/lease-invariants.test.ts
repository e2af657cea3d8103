import {
  concurrency,
  createLimiter,
  type Lease,
  type LimiterEvent,
  memoryStore,
  slidingWindow,
  type SyncStore,
} from "@sluice/core";
import { type Charged, manualClock, sumCharged } from "@sluice/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per: string[] = [];
const numRuns = 300;
const capacity = 10;
const lifeMs = 50;

/** What the test knows of a lease, by the rules alone. */
interface Entry {
  readonly lease: Lease<SyncStore>;
  readonly estimate: number;
  used: number;
  deadlineMs: number;
  settled: { readonly charge: number; readonly late: boolean } | undefined;
}

const isLive = ({ settled, deadlineMs }: Entry, now: number): boolean =>
  settled === undefined && deadlineMs > now;

const chargeOf = (entry: Entry, now: number): number => {
  if (entry.settled !== undefined) return entry.settled.charge;
  return isLive(entry, now) ? Math.max(entry.estimate, entry.used) : entry.used;
};

/** Does one of three things to a lease that has not been settled. */
function use(entry: Entry, kind: string, tokens: number, now: number): void {
  const { lease } = entry;
  const wasLive = isLive(entry, now);
  if (kind === "extend") {
    lease.extend({ tokens });
    entry.used += tokens;
    if (wasLive) entry.deadlineMs = now + lifeMs;
    return;
  }
  if (kind === "settle") lease.settle({ tokens });
  else lease.release();
  entry.settled = { charge: kind === "settle" ? tokens : entry.used, late: !wasLive };
}

describe("the leases of a memory store", () => {
  it("I1: take no window beyond the capacity and the overage that was settled", () => {
    const step = fc.record({
      wait: fc.nat(40),
      cost: fc.nat(capacity + 2),
      actual: fc.nat(capacity + 5),
      which: fc.nat(),
    });
    const property = fc.property(fc.array(step, { maxLength: 60 }), (drawn) => {
      const clock = manualClock();
      const limits = [slidingWindow({ name: "l", limit: capacity, window: 100, per })];
      const limiter = createLimiter({ limits, store: memoryStore({ clock }) });
      const charges: { readonly atMs: number; units: number }[] = [];
      const overages: Charged[] = [];
      const open: { lease: Lease<SyncStore>; charge: (typeof charges)[0]; cost: number }[] = [];
      for (const { wait, cost, actual, which } of drawn) {
        clock.advance(wait);
        const reservation = limiter.reserve({}, { requests: cost });
        if (reservation.allowed) {
          const charge = { atMs: clock(), units: cost };
          charges.push(charge);
          open.push({ lease: reservation.lease, charge, cost });
        }
        const [ended] = which % 2 === 0 ? open.splice(which % (open.length + 1), 1) : [];
        if (ended !== undefined) {
          ended.lease.settle({ requests: actual });
          const hasLeft = ended.charge.atMs <= clock() - 100;
          const atMs = hasLeft ? clock() : ended.charge.atMs;
          const units = Math.max(0, actual - ended.cost);
          overages.push({ atMs, units });
          if (hasLeft) charges.push({ atMs, units });
          else ended.charge.units = actual;
        }
        const [state] = limiter.peek({}, { requests: 0 }).limits;
        expect(state?.used).toBe(sumCharged(charges, clock() - 100));
        for (const { atMs } of charges) {
          const most = capacity + sumCharged(overages, atMs - 100, atMs);
          expect(sumCharged(charges, atMs - 100, atMs)).toBeLessThanOrEqual(most);
        }
      }
    });
    fc.assert(property, { numRuns });
  });

  it("I4: are accounted for: what was granted is settled, expired or live", () => {
    const step = fc.record({
      wait: fc.nat(30),
      kind: fc.constantFrom("reserve", "reserve", "extend", "settle", "release"),
      tokens: fc.nat(20),
      which: fc.nat(),
    });
    const property = fc.property(fc.array(step, { maxLength: 60 }), (drawn) => {
      const clock = manualClock();
      let foundExpired = 0;
      const observe = (event: LimiterEvent): void => {
        if (event.kind === "expiry") foundExpired += event.leases;
      };
      const limits = [
        slidingWindow({ name: "tokens", limit: 1e9, window: "3660d", unit: "tokens", per }),
        concurrency({ name: "inflight", limit: 1e9, expiresAfter: lifeMs, per }),
      ];
      const limiter = createLimiter({ limits, store: memoryStore({ clock }), observe });
      const ledger: Entry[] = [];
      for (const { wait, kind, tokens, which } of drawn) {
        clock.advance(wait);
        const entry = ledger[which % (ledger.length + 1)];
        if (kind === "reserve") {
          const lease = granted(limiter.reserve({}, { tokens }));
          const deadlineMs = clock() + lifeMs;
          ledger.push({ lease, estimate: tokens, used: 0, deadlineMs, settled: undefined });
        } else if (entry?.settled === undefined && entry !== undefined) {
          use(entry, kind, tokens, clock());
        }
        const { limits: told } = limiter.peek({}, { tokens: 0 });
        expect(told.map(({ used }) => used)).toEqual([
          ledger.reduce((sum, each) => sum + chargeOf(each, clock()), 0),
          ledger.filter((each) => isLive(each, clock())).length,
        ]);
      }
      // Comes across each that has expired.
      for (const { lease } of ledger) lease.extend({});
      const inTime = ledger.filter(({ settled }) => settled?.late === false);
      const live = ledger.filter((entry) => isLive(entry, clock()));
      expect(inTime.length + foundExpired + live.length).toBe(ledger.length);
    });
    fc.assert(property, { numRuns });
  });

  it("I5: are charged once for each id", () => {
    const step = fc.record({ wait: fc.nat(20), id: fc.nat(5), settles: fc.boolean() });
    const property = fc.property(fc.array(step, { maxLength: 60 }), (drawn) => {
      const clock = manualClock();
      const limits = [slidingWindow({ name: "l", limit: 1e6, window: "1d", per })];
      const limiter = createLimiter({ limits, store: memoryStore({ clock, remember: "1h" }) });
      const charged = new Map<number, number>();
      for (const { wait, id, settles } of drawn) {
        clock.advance(wait);
        const asked = { id: `${id}`, deadline: 30 };
        const reservation = limiter.reserve({}, { requests: id + 1 }, asked);
        expect(reservation).toMatchObject({ allowed: true, replayed: charged.has(id) });
        charged.set(id, charged.get(id) ?? id + 1);
        const lease = granted(reservation);
        if (settles && lease.settle({ requests: id + 7 }).applied) {
          charged.set(id, id + 7);
        }
        const total = [...charged.values()].reduce((sum, units) => sum + units, 0);
        expect(limiter.peek({}, { requests: 0 }).limits[0]?.used).toBe(total);
      }
    });
    fc.assert(property, { numRuns });
  });
});
