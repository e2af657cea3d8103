import {
  type AsyncStore,
  createLimiter,
  type Decision,
  type Lease,
  type Limiter,
  memoryStore,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { manualClock, type Random, seededRandom } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { denyCache } from "../src/deny-cache.ts";
import { later } from "./later.ts";

const limits = [
  slidingWindow({ name: "a", limit: 10, window: 70, per: ["tenant"] }),
  tokenBucket({ name: "b", capacity: 12, refill: 3, every: 7, per: [], unit: "requests" }),
  slidingWindow({ name: "c", limit: 30, window: 500, per: ["model"], unit: "tokens" }),
];

type Pair<T> = readonly [cached: T, plain: T];
type Limiters = Pair<Limiter<AsyncStore>>;

const reason = (decision: Decision): string => (decision.allowed ? "allowed" : decision.reason);
const retryMs = (decision: Decision): number =>
  decision.allowed ? 0 : (decision.retryAfterMs ?? Infinity);

/** One request to both. */
async function step(
  [cached, plain]: Limiters,
  random: Random,
  leases: Pair<Lease<AsyncStore>>[],
): Promise<Pair<Decision> | undefined> {
  const subject = { tenant: random.pick(["x", "y"]), model: random.pick(["m", "n"]) };
  const cost = { requests: random.integer(0, 4), tokens: random.integer(0, 8) };
  switch (random.integer(0, 9)) {
    case 0: {
      const held = [
        await cached.reserve(subject, cost),
        await plain.reserve(subject, cost),
      ] as const;
      if (held[0].allowed && held[1].allowed) leases.push([held[0].lease, held[1].lease]);
      return held;
    }
    case 1: {
      const [one, other] = leases.shift() ?? [];
      await one?.settle({ tokens: 1 });
      await other?.settle({ tokens: 1 });
      return undefined;
    }
    case 2:
      await cached.reward(subject, { requests: 1 });
      await plain.reward(subject, { requests: 1 });
      return undefined;
    default:
      return [await cached.check(subject, cost), await plain.check(subject, cost)];
  }
}

describe("a deny cache of one process", () => {
  it("never decides otherwise than the store, in 20,000 random requests", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seededRandom(seed);
    const clock = manualClock();
    const inner = later(memoryStore({ clock }));
    const limiters = [denyCache(inner, { now: clock, keys: 3 }), later(memoryStore({ clock }))].map(
      (store) => createLimiter<AsyncStore>({ limits, store }),
    );
    const leases: Pair<Lease<AsyncStore>>[] = [];
    const wrong: unknown[] = [];
    let checked = 0;
    let refused = 0;
    for (let at = 0; at < 20_000; at++) {
      const decided = await step([limiters[0]!, limiters[1]!], random, leases);
      if (random.oneIn(10)) clock.advance(random.integer(0, 30));
      if (decided === undefined) continue;
      const [got, expected] = decided;
      checked++;
      if (!expected.allowed) refused++;
      // Asked for more than was refused, it tells when that had room.
      const isRight = reason(got) === reason(expected) && retryMs(got) <= retryMs(expected);
      if (!isRight) wrong.push({ at, got, expected });
    }
    expect(wrong, `seed ${seed}`).toEqual([]);
    expect(refused).toBeGreaterThan(5_000);
    const asked = inner.asked.filter((verb) => verb === "reserve").length;
    expect(asked).toBeLessThan(checked * 0.95);
  });
});
