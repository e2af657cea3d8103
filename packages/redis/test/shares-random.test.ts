import { fixedWindow, type Limit, memoryStore, slidingWindow, tokenBucket } from "@sluice/core";
import { manualClock, type Random, seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { shares, type SharedStore } from "../src/shares.ts";
import { claimOf } from "./claims.ts";
import { later } from "./later.ts";

/** What was charged, and when. */
interface Charge {
  readonly atMs: number;
  units: number;
}

const day = 86_400_000;
const midnight = Date.parse("2025-03-30T00:00:00Z");

/** Whether the limit holds where the charge at a place is the last, by its definition. */
type Bound = (charges: readonly Charge[], at: number) => boolean;

function isWithin(capacity: number, windowMs: number): Bound {
  return (charges, at) => {
    const { atMs } = charges[at]!;
    let sum = 0;
    for (let from = at; from >= 0 && charges[from]!.atMs > atMs - windowMs; from--) {
      sum += charges[from]!.units;
    }
    return sum <= capacity;
  };
}

function isOfBucket(capacity: number, refill: number, everyMs: number): Bound {
  return (charges, at) => {
    const { atMs } = charges[at]!;
    let sum = 0;
    for (let from = at; from >= 0; from--) {
      sum += charges[from]!.units;
      if (sum > capacity + (refill * (atMs - charges[from]!.atMs)) / everyMs) return false;
    }
    return true;
  };
}

function isOfOneDay(capacity: number): Bound {
  return (charges, at) => {
    const today = Math.floor(charges[at]!.atMs / day);
    const same = charges.filter(({ atMs }) => Math.floor(atMs / day) === today);
    return same.reduce((sum, { units }) => sum + units, 0) <= capacity;
  };
}

const cases: readonly (readonly [string, Limit, Bound, ttlMs: number, stepMs: number])[] = [
  [
    "a sliding window",
    slidingWindow({ name: "hot", limit: 40, window: 100, per: [] }),
    isWithin(40, 100),
    20,
    6,
  ],
  [
    "a sliding window of coarse slots",
    slidingWindow({ name: "hot", limit: 40, window: 100, precisionMs: 7, per: [] }),
    isWithin(40, 100),
    100,
    10,
  ],
  [
    "a token bucket",
    tokenBucket({ name: "hot", capacity: 60, refill: 1, every: 2, per: [], unit: "requests" }),
    isOfBucket(60, 1, 2),
    80,
    20,
  ],
  [
    "a fixed window",
    fixedWindow({ name: "hot", limit: 200, window: "day", per: [] }),
    isOfOneDay(200),
    1_000,
    60,
  ],
];

/** Several processes ask for more than there is, also under leases, and some die. Answers what was charged. */
async function play(random: Random, limit: Limit, ttlMs: number, stepMs: number) {
  const clock = manualClock(midnight - random.integer(200, 5_000));
  const inner = later(memoryStore({ clock }));
  inner.beforeAnswer = () => clock.advance(random.oneIn(4) ? random.integer(0, ttlMs / 4) : 0);
  const share = { slice: random.pick([1, 5, 20]), ttlMs };
  const start = (): SharedStore => shares(inner, { shares: new Map([["hot", share]]), now: clock });
  const processes = Array.from({ length: random.integer(1, 5) }, start);
  const charges: Charge[] = [];
  const endings: (() => Promise<void>)[] = [];
  let leases = 0;
  for (let step = 0; step < 600; step++) {
    const index = random.integer(0, processes.length - 1);
    const store = processes[index]!;
    const claims = [claimOf(limit, random.oneIn(5) ? random.integer(0, 12) : 1)];
    if (random.oneIn(200)) processes[index] = start();
    if (random.oneIn(4)) {
      const id = `lease-${leases++}`;
      const lease = { id, expiresAfterMs: 10 * stepMs, repeatable: false };
      const { verdict, atMs } = await store.reserve(claims, lease);
      if (verdict === "allowed") {
        const charge = { atMs, units: claims[0]!.cost };
        charges.push(charge);
        const used = random.integer(0, charge.units);
        endings.push(async () => {
          const settlement = { id, amounts: [used], unreported: "estimate" } as const;
          if ((await store.settle(claims, settlement)).applied) charge.units = used;
        });
      }
    } else {
      // Now and then all at once, for what they hold.
      const asking = random.oneIn(20) ? processes : [store];
      const count = asking === processes ? 20 : random.integer(1, 3);
      const asked = asking.flatMap((one) =>
        Array.from({ length: count }, () => one.reserve(claims)),
      );
      for (const { verdict, atMs } of await Promise.all(asked)) {
        if (verdict === "allowed") charges.push({ atMs, units: claims[0]!.cost });
      }
    }
    if (random.oneIn(3)) await endings.shift()?.();
    if (random.oneIn(20)) await store.giveBack();
    clock.advance(random.integer(0, random.oneIn(30) ? 5 * stepMs : stepMs));
  }
  return { charges: charges.toSorted((a, b) => a.atMs - b.atMs), ended: clock() };
}

describe("shares of many processes, some of which die", () => {
  it.each(cases)("never admit more than %s allows", async (_, limit, isKept, ttlMs, stepMs) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seededRandom(seed);
    let charged = 0;
    for (let round = 0; round < 25; round++) {
      const { charges } = await play(random, limit, ttlMs, stepMs);
      charged += charges.length;
      const over = charges.findIndex((__, at) => !isKept(charges, at));
      expect(over, `seed ${seed}, round ${round}`).toBe(-1);
    }
    expect(charged).toBeGreaterThan(500);
  });
});
