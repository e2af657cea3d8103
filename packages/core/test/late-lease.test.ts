import {
  createLimiter,
  fixedWindow,
  type Lease,
  type Limit,
  type Limiter,
  memoryStore,
  type MemoryStore,
  type Reservation,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock, type ManualClock, oracleStore, seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

const per = ["tenant"];
const acme = { tenant: "acme" };
const one = slidingWindow({ name: "one", limit: 2, window: "1m", per });

describe("a lease without a deadline", () => {
  it("does whatever one does that is kept in the store", () => {
    const met = new Set<string>();
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const pick = (most: number): number => random.integer(0, most - 1);
      const clock = manualClock();
      const limits = drawLimits(pick);
      const [late, kept] = [sideOf(limits, clock, "none"), sideOf(limits, clock, "3650d")];
      for (let step = 0; step < 400; step++) {
        clock.advance([0, 0, 1, 700, 25_000, 61_000, 40_000_000][pick(7)]!);
        const subject = { tenant: `t${pick(3)}` };
        const cost = { requests: pick(4), tokens: pick(30) };
        const [nth, kind] = [pick(6), kinds[pick(kinds.length)]!];
        const [got, expected] = [late, kept].map((side) => side(kind, subject, cost, nth));
        expect([seed, step, kind, got]).toEqual([seed, step, kind, expected]);
        met.add(`${kind} ${JSON.stringify(got ?? null).includes('"applied":true')}`);
      }
    }
    for (const kind of ["extend", "settle", "end", "release"]) {
      expect([...met]).toContain(`${kind} true`);
    }
  });

  it("keeps nothing in the store, and charges what is never settled", () => {
    const { store, limiter } = alone([one]);
    reserved(limiter);
    expect(store.size().leases).toBe(0);
    expect(limiter.peek(acme).limits[0]?.used).toBe(1);
  });

  it("gives back what a count was charged before it was forgotten to nobody", () => {
    const { limiter } = alone([one]);
    const { lease } = reserved(limiter);
    limiter.reset(acme);
    limiter.check(acme);
    expect(lease.release()).toMatchObject({ applied: true, limits: [{ charged: 0 }] });
    expect(limiter.peek(acme).limits[0]?.used).toBe(1);
    expect(lease.release()).toMatchObject({ applied: false });
  });

  it("is one that is kept where the store cannot do without: for a bucket, for what expires, an id, a signal, or another store", () => {
    const tpm = slidingWindow({ name: "tpm", limit: 5, window: "1m", unit: "tokens", per });
    const bucket = tokenBucket({ name: "bucket", capacity: 5, refill: 1, every: "1s", per });
    const signal = {
      aborted: false,
      reason: undefined,
      addEventListener: () => {},
      removeEventListener: () => {},
    };
    for (const [limits, options] of [
      [[one, bucket], {}],
      [[one, tpm], {}],
      [[one], { id: "a" }],
      [[one], { signal }],
    ] as const) {
      const { store, limiter } = alone(limits);
      expect(limiter.reserve(acme, { tokens: 1 }, { deadline: "none", ...options }).allowed).toBe(
        true,
      );
      expect(store.size().leases).toBe(1);
    }
    const other = createLimiter({ limits: [one], store: oracleStore(manualClock()) });
    const found = other.reserve(acme, undefined, { deadline: "none" });
    expect(found.allowed && found.lease.release()).toMatchObject({ applied: true });
  });

  it("says when a count would be unsafe, and has changed nothing", () => {
    const { limiter } = alone([one]);
    const { lease } = reserved(limiter);
    expect(() => lease.extend({ requests: Number.MAX_SAFE_INTEGER })).not.toThrow();
    limiter.check(acme, { requests: 0 });
    expect(() => lease.extend({ requests: 1 })).toThrow("safe integers");
    expect(lease.settle()).toMatchObject({ limits: [{ charged: Number.MAX_SAFE_INTEGER }] });
  });

  it("follows the limits to those that need one, and back", () => {
    const { store, limiter } = alone([one]);
    limiter.update([tokenBucket({ name: "bucket", capacity: 5, refill: 1, every: "1s", per })]);
    reserved(limiter);
    expect(store.size().leases).toBe(1);
    limiter.update([one]);
    reserved(limiter);
    expect(store.size().leases).toBe(1);
  });

  it("ends nothing where the limiter only observes", () => {
    const limiter = createLimiter({ limits: [one], store: memoryStore(), mode: "observe" });
    const found = [1, 2, 3].map(() => reserved(limiter));
    expect(found[2]).toMatchObject({ unenforced: { reason: "over-limit" } });
    expect(found[2]!.lease.release()).toMatchObject({ applied: false });
    expect(found[0]!.lease.release()).toMatchObject({ applied: true });
    expect(limiter.peek(acme).limits[0]?.used).toBe(1);
  });

  it("tells of its end, and of a store that fails", () => {
    const told: string[] = [];
    const store = memoryStore();
    const failing: MemoryStore = { ...store, spend: () => raise() };
    const observe = ({ kind }: { kind: string }): void => void told.push(kind);
    const good = createLimiter({ limits: [one], store, observe });
    reserved(good).lease.settle();
    expect(told).toEqual(["decision", "settle"]);
    const bad = createLimiter({ limits: [one], store: failing, observe });
    expect(() => reserved(bad)).toThrow("no store");
    expect(told).toEqual(["decision", "settle", "store-failure"]);
  });
});

const kinds = [
  "reserve",
  "reserve",
  "reserve",
  "extend",
  "settle",
  "end",
  "release",
  "dispose",
  "check",
  "peek",
  "penalize",
  "reset",
  "block",
] as const;

type Side = (
  kind: (typeof kinds)[number],
  subject: { readonly tenant: string },
  cost: { readonly requests: number; readonly tokens: number },
  nth: number,
) => unknown;

/** A store of its own, asked for leases with `deadline`; says what it answers. */
function sideOf(limits: readonly Limit[], clock: ManualClock, deadline: "none" | "3650d"): Side {
  const store = memoryStore({ clock });
  const limiter = createLimiter({ limits, store });
  const leases: Lease<MemoryStore>[] = [];
  return (kind, subject, cost, nth) => {
    const lease = leases.at(-1 - nth);
    switch (kind) {
      case "reserve": {
        const found = limiter.reserve(subject, cost, { deadline });
        if (found.allowed) leases.push(found.lease);
        const { allowed, atMs, limits: states } = found;
        return { allowed, atMs, states };
      }
      case "extend":
        return lease?.extend(nth % 2 === 0 ? cost : { tokens: cost.tokens });
      case "settle":
        return lease?.settle(nth % 2 === 0 ? cost : { tokens: cost.tokens });
      case "end":
        return lease?.settle();
      case "release":
        return lease?.release();
      case "dispose":
        return lease?.[Symbol.dispose]();
      case "block":
        return limiter.block(subject, nth === 0 ? 5_000 : 0);
      case "reset":
        return nth === 0 && limiter.reset(subject);
      case "check":
      case "peek":
      case "penalize":
        return limiter[kind](subject, cost);
    }
  };
}

function drawLimits(pick: (most: number) => number): Limit[] {
  const onExpiry = "charge-estimate";
  const all = [
    slidingWindow({ name: "rpm", limit: 1 + pick(9), window: "1m", per }),
    slidingWindow({ name: "rpd", limit: 40, window: "24h", precisionMs: 7_000, per }),
    slidingWindow({ name: "tpm", limit: 100, window: "1m", unit: "tokens", per, onExpiry }),
    fixedWindow({ name: "day", limit: 30, window: "day", per }),
  ];
  const chosen = all.filter(() => pick(2) === 0);
  return chosen.length === 0 ? [all[0]!] : chosen;
}

function alone(limits: readonly Limit[]): { store: MemoryStore; limiter: Limiter<MemoryStore> } {
  const store = memoryStore({ clock: manualClock() });
  return { store, limiter: createLimiter({ limits, store }) };
}

function reserved(
  limiter: Limiter<MemoryStore>,
): Extract<Reservation<MemoryStore>, { allowed: true }> {
  const found = limiter.reserve(acme, undefined, { deadline: "none" });
  if (!found.allowed) throw new Error("refused");
  return found;
}

function raise(): never {
  throw new Error("no store");
}
