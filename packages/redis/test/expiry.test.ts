import {
  type AsyncStore,
  concurrency,
  createLimiter,
  type Lease,
  slidingWindow,
  tokenBucket,
} from "@sluice/core";
import { seededRandom } from "@sluice/core/testing";
import { expect, it } from "vitest";

import { coalesce } from "../src/coalesce.ts";
import { bareStore } from "./bare-store.ts";
import { withServer } from "./exact-world.ts";

const world = withServer();
const per = ["tenant"];
const limits = [
  slidingWindow({ name: "tiny", limit: 1_000, window: 7, per }),
  slidingWindow({ name: "short", limit: 1_000, window: 90, unit: "tokens", per }),
  tokenBucket({ name: "bucket", capacity: 1_000, refill: 100, every: 13, unit: "tokens", per: [] }),
  concurrency({ name: "inflight", limit: 100, expiresAfter: 60, per }),
];

it("leaves no key without an expiry, and none at all after the windows", async () => {
  const random = seededRandom(3);
  const store = bareStore(world.client, { remember: 120 });
  const limiter = createLimiter({ limits, store });
  const together = createLimiter({ limits, store: coalesce(store) });
  const leases: Lease<AsyncStore>[] = [];
  const someone = () => ({ tenant: random.pick(["a", "b", "c", "d"]) });
  const steps: readonly (() => unknown)[] = [
    () => limiter.check(someone(), { tokens: random.integer(0, 70_000) }),
    async () => {
      const id = random.oneIn(2) ? {} : { id: `id-${random.integer(1, 9)}` };
      const cost = { tokens: 7, inflight: 1 };
      const reservation = await limiter.reserve(someone(), cost, id);
      if (reservation.allowed) leases.push(reservation.lease);
    },
    async () => {
      const [who, cost] = [someone(), { tokens: 3, inflight: 1 }];
      const asked = [
        together.reserve(who, cost),
        together.check(who, cost),
        together.reserve(who, cost),
      ];
      await Promise.all(asked);
    },
    () => random.pick(leases)?.extend({ tokens: random.integer(0, 9) }),
    () => random.pick(leases)?.settle({ tokens: random.integer(0, 9) }),
    () => random.pick(leases)?.release(),
    () => limiter.penalize(someone(), { tokens: random.integer(0, 60) }),
    () => limiter.reward(someone(), { tokens: random.integer(0, 60) }),
    () => limiter.block(someone(), random.integer(0, 50)),
    () => limiter.reset(someone()),
  ];
  let seen = 0;
  for (let round = 0; round < 1_500; round++) {
    await random.pick(steps)();
    if (round % 10 !== 0) continue;
    const keys = await world.client.keys("*");
    seen += keys.length;
    const ttls = await Promise.all(keys.map((key) => world.client.pttl(key)));
    expect(ttls.filter((ttl) => ttl === -1)).toEqual([]);
  }
  expect(seen).toBeGreaterThan(100);
  await expect.poll(left).toEqual([]);
});

it("settles one lease again and again without an immortal key", async () => {
  const store = bareStore(world.client, { prefix: "again:", remember: 200 });
  const limiter = createLimiter({ limits, store });
  const reservation = await limiter.reserve({ tenant: "a" }, { tokens: 5 }, { id: "one" });
  if (!reservation.allowed) throw new Error("expected a lease");
  const { lease } = reservation;
  const applied = [await lease.settle({ tokens: 9 }), await lease.settle({ tokens: 3 })];
  expect(applied.map((charge) => charge.applied)).toEqual([true, false]);
  await lease.extend({ tokens: 3 });
  const keys = await world.client.keys("again:*");
  const ttls = await Promise.all(keys.map((key) => world.client.pttl(key)));
  expect(ttls.filter((ttl) => ttl === -1)).toEqual([]);
  await expect.poll(left).toEqual([]);
});

it("never lets a key expire before its last charge leaves", async () => {
  const store = bareStore(world.client, { prefix: "last:" });
  const window = slidingWindow({ name: "w", limit: 10_000, window: 320, unit: "tokens", per });
  const held = concurrency({ name: "held", limit: 10_000, expiresAfter: 320, per });
  const limiter = createLimiter({ limits: [window, held], store });
  const checks = createLimiter({ limits: [window], store });
  const together = createLimiter({ limits: [window, held], store: coalesce(store) });
  for (let round = 0; round < 150; round++) {
    const asked = Date.now();
    await checks.check({ tenant: "a" }, { tokens: 1 + (round % 3) });
    await checks.checkMany([{ subject: { tenant: "c" }, cost: { tokens: 1 } }]);
    await limiter.reserve({ tenant: "b" }, { tokens: 2 });
    await Promise.all([1, 2].map((tokens) => together.reserve({ tenant: "d" }, { tokens })));
    const keys = await world.client.keys("last:*:[sc]:*");
    const ttls = await Promise.all(keys.map(async (key) => world.client.pttl(key)));
    expect(keys).toHaveLength(6);
    expect(Math.min(...ttls)).toBeGreaterThanOrEqual(320 - (Date.now() - asked) - 1);
    expect(Math.max(...ttls)).toBeLessThanOrEqual(320 + 1_100);
  }
});

/** All keys but those that tell, for a minute, what has been given back. */
async function left(): Promise<string[]> {
  return (await world.client.keys("*")).filter((key) => !key.includes("}:o:"));
}
