import { concurrency, createLimiter, problemOf, slidingWindow } from "@sluice/core";
import { redisStore } from "@sluice/redis";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";

import { ask } from "../servers/ask.ts";
import { startFaultProxy } from "../servers/fault-proxy.ts";
import type { Address } from "../servers/port.ts";
import { startRedis } from "../servers/redis-server.ts";
import { until } from "../servers/until.ts";

// What users reported of other packages. CROSSSLOT of bottleneck and upstash: slots/decisions.test.ts.
// NOSCRIPT after a fail-over: slots/faults.test.ts.

/** Longer than any machine is busy: where the deadline is not what is tested. */
const deadlineMs = 30_000;
const per = ["tenant"];
const acme = { tenant: "acme" };

it("rate-limit-redis, boot failure: a store made while Redis is down rejects nobody, and works once it is up", async () => {
  await using server = await startRedis();
  await server.kill();
  const limits = [slidingWindow({ name: "rpm", limit: 100, window: "1h", per })];
  const store = redisStore(connected(server), { deadlineMs: 2_000 });
  const limiter = createLimiter({ limits, store });
  const down = await Promise.all([1, 2, 3].map(() => limiter.check(acme)));
  const local = { allowed: true, degraded: "local" };
  expect(down).toMatchObject([local, local, local]);
  await server.restart();
  const asked = [...down];
  await until("the server decides", async () => {
    const decision = await limiter.check(acme);
    asked.push(decision);
    return decision.degraded === undefined ? true : undefined;
  });
  expect(asked.every(({ allowed }) => allowed)).toBe(true);
  const after = createLimiter({ limits, store: redisStore(connected(server), { deadlineMs }) });
  // What was admitted meanwhile has been charged, too.
  expect(used(await after.peek(acme))).toEqual([asked.length]);
});

it("rate-limit-redis, keys with TTL -1: none after flushed scripts, cut connections and repeated settles", async () => {
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server);
  const admin = connected(server);
  const limits = [
    slidingWindow({ name: "rpm", limit: 1_000, window: 300, per }),
    slidingWindow({ name: "tpm", limit: 1_000, window: 900, unit: "tokens", per: [] }),
    concurrency({ name: "inflight", limit: 1_000, expiresAfter: 400, per }),
  ];
  const store = redisStore(connected(proxy), { deadlineMs: 2_000, remember: 500 });
  const limiter = createLimiter({ limits, store });
  const immortal: string[] = [];
  let seen = 0;
  async function look(): Promise<void> {
    for (const key of await admin.keys("*")) {
      seen++;
      if ((await admin.pttl(key)) === -1) immortal.push(key);
    }
  }
  for (let round = 0; round < 60; round++) {
    if (round % 3 === 0) await admin.script("FLUSH");
    if (round % 5 === 0) proxy.cutReply(0);
    const asked = Array.from({ length: 5 }, () => limiter.check(acme, { tokens: 1 }));
    const reserved = limiter.reserve(acme, { tokens: 1 }, { id: `round-${round % 20}` });
    if (round % 7 === 0) proxy.cut();
    const reservation = await reserved;
    if (reservation.allowed) {
      const { lease } = reservation;
      await Promise.all([lease.settle({ tokens: 3 }), lease.settle({ tokens: 2 })]);
      await lease.settle({ tokens: 1 });
    }
    await Promise.all(asked);
    await look();
  }
  expect(proxy.cuts).toBeGreaterThan(5);
  expect([immortal, seen > 100]).toEqual([[], true]);
  await expect.poll(() => keysOf(admin)).toEqual([]);
});

it("rate-limiter-flexible, sub-second windows: one of 200 ms is not rounded, and leaves no key", async () => {
  await using server = await startRedis();
  const client = connected(server);
  const limits = [slidingWindow({ name: "short", limit: 3, window: 200, per })];
  const limiter = createLimiter({ limits, store: redisStore(client, { deadlineMs }) });
  const request = { subject: acme };
  const first = await limiter.checkMany([request, request, request, request]);
  expect(first.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
  const refused = first[3]!;
  if (refused.allowed || refused.retryAfterMs === undefined) throw new Error("expected a wait");
  expect(refused.retryAfterMs).toBeGreaterThan(100);
  expect(refused.retryAfterMs).toBeLessThanOrEqual(220);
  const [key = ""] = await keysOf(client);
  expect(await client.pttl(key)).toBeLessThan(500);
  const next = await until("there is room again", async () => {
    const decision = await limiter.check(acme);
    return decision.allowed ? decision : undefined;
  });
  // Neither earlier than it said, nor as late as a second.
  expect(next.atMs - refused.atMs).toBeGreaterThanOrEqual(refused.retryAfterMs);
  expect(next.atMs - refused.atMs).toBeLessThan(900);
  await expect.poll(() => keysOf(client)).toEqual([]);
});

it("rate-limiter-flexible, union: what one of several limits refuses is charged to none", async () => {
  await using server = await startRedis();
  const client = connected(server);
  const limits = [
    slidingWindow({ name: "minute", limit: 10, window: "1m", per }),
    slidingWindow({ name: "hour", limit: 2, window: "1h", per }),
    slidingWindow({ name: "tokens", limit: 1_000, window: "1h", unit: "tokens", per: [] }),
  ];
  const limiter = createLimiter({ limits, store: redisStore(client, { deadlineMs }) });
  const cost = { tokens: 100 };
  await limiter.checkMany([
    { subject: acme, cost },
    { subject: acme, cost },
  ]);
  const before = await dumped(client);
  const request = { subject: acme, cost };
  const refusals = [
    await limiter.check(acme, cost),
    await limiter.check({ tenant: "other" }, { tokens: 801 }),
    await limiter.reserve(acme, cost, { id: "one" }),
    ...(await limiter.checkMany([request, request])),
  ];
  expect(refusals.map(({ allowed }) => allowed)).toEqual([false, false, false, false, false]);
  expect(used(await limiter.peek(acme, cost))).toEqual([2, 2, 200]);
  expect(before.size).toBe(3);
  expect(await dumped(client)).toEqual(before);
});

it.each(["is dead", "is out of memory"])(
  "store errors turned into 429s for everyone: when Redis %s requests go on, or get a 503",
  async (fault) => {
    await using server = await startRedis();
    const limits = [slidingWindow({ name: "rpm", limit: 100, window: "1h", per })];
    const limiterOf = (failure?: "refuse") => {
      const options = { deadlineMs: 1_000, ...(failure && { failure }) };
      return createLimiter({ limits, store: redisStore(connected(server), options) });
    };
    const [standard, refusing] = [limiterOf(), limiterOf("refuse")];
    expect(await standard.check(acme)).toMatchObject({ allowed: true, degraded: undefined });
    expect(await refusing.check(acme)).toMatchObject({ allowed: true, degraded: undefined });
    if (fault === "is dead") await server.kill();
    else await ask(server, "CONFIG", "SET", "maxmemory", "1");
    for (let index = 0; index < 20; index++) {
      const subject = { tenant: `tenant-${index}` };
      expect(await standard.check(subject)).toMatchObject({ allowed: true, degraded: "local" });
      const refused = await refusing.check(subject);
      if (refused.allowed) throw new Error("expected a refusal");
      expect(refused).toMatchObject({ reason: "store-unavailable", degraded: "refuse" });
      expect(problemOf(refused)).toMatchObject({ status: 503, retryable: true });
    }
  },
);

function connected({ host, port }: Address): Redis {
  const client = new Redis(port, host);
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

function used({ limits }: { readonly limits: readonly { readonly used: number }[] }): number[] {
  return limits.map((state) => state.used);
}

/** All but the pulse, which every process has and which expires some minutes after its last beat. */
async function keysOf(client: Redis): Promise<string[]> {
  return (await client.keys("*")).filter((key) => !key.includes("{~pulse}")).toSorted();
}

async function dumped(client: Redis): Promise<Map<string, string | undefined>> {
  const dumps = new Map<string, string | undefined>();
  for (const key of await keysOf(client)) {
    dumps.set(key, (await client.dumpBuffer(key))?.toString("hex"));
  }
  return dumps;
}
