import {
  concurrency,
  createLimiter,
  type Decision,
  isSluiceError,
  slidingWindow,
} from "@sluice/core";
import type { Cluster } from "ioredis";
import { Cluster as ValkeyCluster } from "iovalkey";
import { createCluster } from "redis";
import { expect, it, onTestFinished } from "vitest";

import { type RedisClient, scriptRunner } from "../../src/client.ts";
import { hashSlot } from "../../src/slots/hash-slot.ts";
import { withCluster } from "./cluster-world.ts";
import { slotStore } from "./slot-store.ts";

const world = withCluster();

/** Everybody's count lies in slot 1,320; that of the tenant `foo` in slot 12,182, on another node. */
const subject = { tenant: "foo" };
const forAll = slidingWindow({ name: "all", limit: 3, window: "1h", per: [] });
const forTenant = slidingWindow({ name: "tenant", limit: 2, window: "1h", per: ["tenant"] });

it("knows the slots as the servers do", async () => {
  const tags = ["*", "foo", "#", "~!|", ...Array.from({ length: 100 }, () => crypto.randomUUID())];
  const told = await Promise.all(tags.map((tag) => world.cluster.slotOf(`p:{${tag}}:s:a|b`)));
  expect(tags.map(hashSlot)).toEqual(told);
});

it.each([
  [100, 200],
  [200, 100],
  [100, 100],
])(
  "admits exactly 100 of what 8 connections ask for at once, of %i for all and %i for each",
  async (all, each) => {
    const limits = [
      slidingWindow({ name: "tenant", limit: each, window: "1h", per: ["tenant"] }),
      slidingWindow({ name: "all", limit: all, window: "1h", per: [] }),
    ];
    const clients = Array.from({ length: 8 }, () => world.connect());
    for (let run = 0; run < 3; run++) {
      const prefix = `race-${all}-${each}-${run}:`;
      const limiters = clients.map((client) =>
        createLimiter({ limits, store: slotStore(scriptRunner(client), { prefix }) }),
      );
      const decisions = await Promise.all(
        limiters.flatMap((limiter) => Array.from({ length: 100 }, () => limiter.check(subject))),
      );
      expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(100);
      expect(used(await limiters[0]!.peek(subject))).toEqual([100, 100]);
    }
  },
);

it("decides on seven limits whose dimensions begin with the same one in one call", async () => {
  const below = [[], ["team"], ["user"], ["key"], ["model"], ["provider"], ["region"]];
  const limits = below.map((dimensions, index) =>
    slidingWindow({ name: `limit-${index}`, limit: 2, window: "1h", per: ["org", ...dimensions] }),
  );
  const limiter = limiterOf("seven:", limits);
  const names = { team: "t", user: "u", key: "k", model: "m", provider: "p", region: "r" };
  const org = { org: "acme", ...names };
  await limiter.peek(org);
  await limiter.check(org);
  const before = await scriptCalls(world.client);
  expect(used(await limiter.check(org))).toEqual([2, 2, 2, 2, 2, 2, 2]);
  expect((await limiter.check(org)).allowed).toBe(false);
  expect((await scriptCalls(world.client)) - before).toBe(2);
});

it("has limits in several slots: CROSSSLOT, as bottleneck and upstash report it", async () => {
  const inflight = concurrency({ name: "inflight", limit: 2, expiresAfter: "1m", per: ["model"] });
  const limits = [forTenant, forAll, inflight];
  const limiter = limiterOf("cross:", limits);
  const both = { tenant: "foo", model: "bar" };
  expect(used(await limiter.check(both))).toEqual([1, 1, 0]);
  const many = await limiter.checkMany([{ subject: both }, { subject: { ...both, tenant: "b" } }]);
  expect(many.map(used)).toEqual([
    [2, 2, 0],
    [1, 3, 0],
  ]);
  expect(used(await limiter.peek(both))).toEqual([2, 3, 0]);
  await limiter.reward(both, { requests: 1 });
  const held = await limiter.reserve(both, { inflight: 2 });
  expect(used(held)).toEqual([2, 3, 2]);
  if (!held.allowed) throw new Error("it was refused");
  expect((await held.lease.extend({ requests: 3 })).limits.map(({ overage }) => overage)).toEqual([
    2, 2, 0,
  ]);
  expect((await held.lease.settle({ requests: 0 })).applied).toBe(true);
  expect(used(await limiter.peek(both))).toEqual([1, 2, 0]);
  await limiter.penalize(both, { requests: 1 });
  await limiter.reset({});
  await limiter.block({ tenant: "foo" }, 60_000);
  const blocked = await limiter.check(both);
  expect([blocked, used(blocked)]).toMatchObject([{ reason: "blocked" }, [2, 0, 0]]);
});

it("is free when it refuses, and writes nothing when what has refused is asked again", async () => {
  const limiter = limiterOf("free:", [forTenant, forAll]);
  await limiter.check(subject);
  await limiter.check(subject);
  expect(await limiter.check(subject)).toMatchObject({ limitedBy: "tenant" });
  expect(used(await limiter.peek(subject))).toEqual([2, 2]);
  const before = [await dumped("free:"), await scriptCalls(world.client)] as const;
  expect(await limiter.check(subject)).toMatchObject({ limitedBy: "tenant" });
  expect(await dumped("free:")).toEqual(before[0]);
  expect((await scriptCalls(world.client)) - before[1]).toBe(2);
});

it("charges an id once, however often it comes, also where there is no room left", async () => {
  const limiter = limiterOf("id:", [forTenant, forAll]);
  const again = (): Promise<Decision> => limiter.reserve(subject, {}, { id: "request-1" });
  expect(await again()).toMatchObject({ allowed: true, replayed: false });
  await limiter.check(subject);
  expect(await limiter.check(subject)).toMatchObject({ allowed: false });
  expect(await again()).toMatchObject({ allowed: true, replayed: true });
  expect(await again()).toMatchObject({ allowed: true, replayed: true });
  expect(used(await limiter.peek(subject))).toEqual([2, 2]);
  const other = limiter.reserve(subject, { requests: 2 }, { id: "request-1" });
  await expect(other).rejects.toSatisfy(isSluiceError);
});

it("frees an id whose lease was released whole, and not one of which a slot has something left", async () => {
  const tokens = slidingWindow({ name: "tokens", unit: "tokens", limit: 9, window: "1h", per: [] });
  const limiter = limiterOf("release:", [forTenant, tokens]);
  const cost = { tokens: 3 };
  for (const generated of [0, 2]) {
    const held = await limiter.reserve(subject, cost, { id: `request-${generated}` });
    if (!held.allowed) throw new Error("it was refused");
    await held.lease.extend({ tokens: generated });
    await held.lease.release();
    const again = await limiter.reserve(subject, cost, { id: `request-${generated}` });
    expect([generated, again]).toMatchObject([generated, { replayed: generated > 0 }]);
    expect(used(again)).toEqual(generated === 0 ? [1, 3] : [1, 5]);
  }
});

it("gives an id that has lost a part that part, and only that", async () => {
  const limiter = limiterOf("part:", [forTenant, forAll]);
  const again = (): Promise<Decision> => limiter.reserve(subject, {}, { id: "request-1" });
  await again();
  await forget("part:{foo}");
  const mended = await again();
  expect([mended, used(mended)]).toMatchObject([{ allowed: true, replayed: false }, [1, 1]]);
  expect(await again()).toMatchObject({ replayed: true });
  await forget("part:{*}");
  await limiter.reset({});
  await limiter.penalize({ tenant: "bar" }, { requests: 3 });
  // There is no room for what is missing: the part that was there before stays.
  expect(await again()).toMatchObject({ allowed: false, limitedBy: "all" });
  expect(used(await limiter.peek(subject))).toEqual([1, 3]);
});

it.each(["iovalkey", "node-redis"])("works by %s", async (name) => {
  const limiter = createLimiter({
    limits: [forTenant, forAll],
    store: slotStore(scriptRunner(await clientOf(name)), { prefix: `${name}:` }),
  });
  const decisions = await limiter.checkMany([{ subject }, { subject }, { subject }]);
  expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true, false]);
  expect(used(await limiter.peek(subject))).toEqual([2, 2]);
});

function limiterOf(prefix: string, limits: Parameters<typeof createLimiter>[0]["limits"]) {
  const store = slotStore(scriptRunner(world.client), { prefix });
  return createLimiter({ limits, store });
}

function used({ limits }: Decision): number[] {
  return limits.map((state) => state.used);
}

async function clientOf(name: string): Promise<RedisClient> {
  if (name === "iovalkey") {
    const client = new ValkeyCluster([...world.cluster.nodes]);
    onTestFinished(() => client.disconnect());
    return client;
  }
  const client = createCluster({ rootNodes: world.cluster.servers.map(({ url }) => ({ url })) });
  await client.connect();
  onTestFinished(() => client.destroy());
  return client;
}

/** How many scripts the masters have run. */
async function scriptCalls(client: Cluster): Promise<number> {
  const infos = await Promise.all(client.nodes("master").map((node) => node.info("commandstats")));
  const calls = infos.flatMap((info) => [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)]);
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** All keys that begin so but for leases, with all their bytes. */
async function dumped(prefix: string): Promise<readonly (readonly [string, unknown])[]> {
  const keys = (await keysOf(prefix)).filter((key) => !key.includes(":l:")).toSorted();
  return Promise.all(keys.map(async (key) => [key, await world.client.dumpBuffer(key)] as const));
}

async function forget(prefix: string): Promise<void> {
  for (const key of await keysOf(prefix)) await world.client.del(key);
}

async function keysOf(prefix: string): Promise<string[]> {
  const pattern = `${prefix.replaceAll("*", "\\*")}*`;
  const found = await Promise.all(world.client.nodes("master").map((node) => node.keys(pattern)));
  return found.flat();
}
