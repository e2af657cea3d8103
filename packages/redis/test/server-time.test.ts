import {
  concurrency,
  createLimiter,
  fixedWindow,
  type Limit,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { expect, it, vi } from "vitest";

import { bareStore } from "./bare-store.ts";
import { withServer } from "./exact-world.ts";

const world = withServer();
const per = ["tenant"];
const acme = { tenant: "acme" };
const limits: readonly Limit[] = [
  slidingWindow({ name: "rpm", limit: 3, window: "1h", per }),
  tokenBucket({ name: "bucket", capacity: 10, refill: 1, every: "1h", unit: "tokens", per }),
  fixedWindow({ name: "month", limit: 100, window: "month", unit: "tokens", per }),
  concurrency({ name: "inflight", limit: 2, per }),
];

it("tells the time by the server where it is given no clock", async () => {
  const store = bareStore(world.client, { prefix: "plain:" });
  const limiter = createLimiter({ limits, store });
  const before = Date.now();
  const { atMs, allowed } = await limiter.check(acme, { tokens: 4 });
  expect(allowed).toBe(true);
  expect(atMs).toBeGreaterThanOrEqual(before - 1);
  expect(atMs).toBeLessThanOrEqual(Date.now() + 1);
  const used = (await limiter.peek(acme, { tokens: 0 })).limits.map((state) => state.used);
  expect(used).toEqual([1, 4, 4, 0]);
});

it("goes on from the latest time a count has seen when the server's steps back", async () => {
  const prefix = "ahead:";
  const aheadMs = 600_000;
  const ahead = bareStore(world.client, { prefix, clock: () => Date.now() + aheadMs });
  await createLimiter({ limits, store: ahead }).check(acme, { requests: 2, tokens: 4 });
  const store = bareStore(world.client, { prefix });
  const limiter = createLimiter({ limits, store });
  const [first, second] = [
    await limiter.check(acme, { requests: 2, tokens: 1 }),
    await limiter.checkMany([{ subject: acme, cost: { requests: 1, tokens: 1 } }]),
  ];
  expect(first.allowed).toBe(false);
  expect(first.atMs).toBeGreaterThan(Date.now() + aheadMs - 30_000);
  expect(first.limits.map((state) => state.used)).toEqual([2, 4, 4, 0]);
  expect(second[0]?.allowed).toBe(true);
  expect(second[0]?.atMs).toBeGreaterThanOrEqual(first.atMs);
});

it.each([-3_600_000, 3_600_000, 40 * 86_400_000])(
  "counts a fixed window rightly by a process whose clock is %i ms off",
  async (offMs) => {
    const spy = vi.spyOn(Date, "now");
    const real = spy.getMockImplementation() ?? Date.now.bind(Date);
    const actual = performance.timeOrigin + performance.now();
    spy.mockImplementation(() => Math.floor(actual + offMs));
    try {
      const store = bareStore(world.client, { prefix: `off${offMs}:` });
      const limiter = createLimiter({ limits: limits.slice(2, 3), store });
      const { atMs, allowed, limits: states } = await limiter.check(acme, { tokens: 4 });
      const end = new Date(atMs);
      const endMs = Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 1);
      expect([allowed, states[0]?.freesAfterMs]).toEqual([true, endMs - atMs]);
      expect(Math.abs(atMs - actual)).toBeLessThan(10_000);
    } finally {
      spy.mockImplementation(real);
      spy.mockRestore();
    }
  },
);
