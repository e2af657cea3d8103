import { type AsyncStore, createLimiter, type Limiter, slidingWindow } from "@sluice/core";
import { redisStore, type RedisStore, type RedisStoreOptions } from "@sluice/redis";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";

import { startFaultProxy } from "../servers/fault-proxy.ts";
import { startRedis } from "../servers/redis-server.ts";
import { startSentinelSet } from "../servers/sentinel.ts";
import { until } from "../servers/until.ts";

const repeated = { allowed: true, replayed: true };
const acme = { tenant: "acme" };
const limitOf = (limit: number) =>
  slidingWindow({ name: "rpm", limit, window: "1h", per: ["tenant"] });

describe("a request id that comes 3 times is charged once, by the same decision", () => {
  it("when there is room", async () => {
    await using server = await startRedis();
    const { limiter } = storeOn(new Redis(server.url), 100);
    expect(await thrice(limiter)).toEqual([{ allowed: true, replayed: false }, repeated, repeated]);
    expect(await usedOf(limiter)).toBe(1);
  });

  it("at once", async () => {
    await using server = await startRedis();
    const { limiter } = storeOn(new Redis(server.url), 100);
    const told = await Promise.all([again(limiter), again(limiter), again(limiter)]);
    expect(told.map(({ allowed }) => allowed)).toEqual([true, true, true]);
    expect(told.filter(({ replayed }) => replayed)).toHaveLength(2);
    expect(await usedOf(limiter)).toBe(1);
  });

  it("at the limit, where it was the last one that fits, and where none fits", async () => {
    await using server = await startRedis();
    const { limiter } = storeOn(new Redis(server.url), 1);
    expect(await again(limiter)).toEqual({ allowed: true, replayed: false });
    const refused = { allowed: false, replayed: undefined };
    expect(await thrice(limiter, "other")).toEqual([refused, refused, refused]);
    expect(await thrice(limiter)).toEqual([repeated, repeated, repeated]);
    expect(await usedOf(limiter)).toBe(1);
  });

  it.each([
    ["is sent again by the client", 20],
    ["is given up by the client", 0],
  ])("with the reply lost, of a command that %s", async (_, maxRetriesPerRequest) => {
    await using server = await startRedis();
    await using proxy = await startFaultProxy(server);
    const { store, limiter } = storeOn(new Redis(proxy.url, { maxRetriesPerRequest }), 1);
    const inTime = { allowed: true };
    // The server has seen the script, and the connection is there.
    expect(await again(limiter, "warm", { tenant: "warm" })).toMatchObject(inTime);
    proxy.cutReply(0);
    expect(await again(limiter)).toMatchObject(inTime);
    expect(proxy.cuts).toBe(1);
    expect(await again(limiter)).toEqual(repeated);
    await isExact(store);
    expect(await again(limiter)).toEqual(repeated);
    expect(await usedOf(limiter)).toBe(1);
    expect(await again(limiter, "other")).toMatchObject({ allowed: false });
  });

  it.each([
    ["has it", true],
    ["never heard of it", false],
  ])("during a fail-over to a replica that %s", async (_, isReplicated) => {
    await using set = await startSentinelSet({ downAfterMs: 1_500 });
    const { name, sentinels, natMap } = set;
    const connect = () =>
      new Redis({ name, sentinels: [...sentinels], natMap, sentinelRetryStrategy: () => 100 });
    const client = connect();
    const { store, limiter } = storeOn(client, 2, { deadlineMs: 500 });
    const { store: another, limiter: other } = storeOn(connect(), 2);
    await client.ping();
    const warm = async () => again(limiter, "warm", { tenant: "warm" });
    await until("it grants", async () => ((await warm()).allowed ? true : undefined));
    await isExact(store);
    await client.wait(2, 5_000);
    if (!isReplicated) set.network.drop();
    expect(await again(limiter, "quiet")).toEqual({ allowed: true, replayed: false });
    const told = [await again(limiter)];
    if (isReplicated) await client.wait(2, 5_000);
    // Until there was a beat, by which a loss is told.
    for (const since = performance.now(); performance.now() - since < 500;) {
      await warm();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const failedOver = set.failOver();
    await until("it is degraded", async () => {
      told.push(await again(limiter));
      return store.health().state === "degraded" ? true : undefined;
    });
    told.push(await again(limiter));
    await failedOver;
    await isExact(store);
    told.push(await again(limiter));
    const [first, ...rest] = told;
    expect(first).toEqual({ allowed: true, replayed: false });
    expect(rest.length).toBeGreaterThanOrEqual(3);
    expect(rest.filter(({ allowed, replayed }) => !allowed || !replayed)).toEqual([]);
    // Another process has them from the new primary alone, also the one that nobody asked for meanwhile.
    await isExact(another);
    expect(await thrice(other, "quiet")).toEqual([repeated, repeated, repeated]);
    expect(await thrice(other)).toEqual([repeated, repeated, repeated]);
    expect(await usedOf(other)).toBe(2);
    expect(await again(other, "other")).toMatchObject({ allowed: false });
  });
});

it("gives back once what is rewarded, where the client sends it again as its reply was lost", async () => {
  await using server = await startRedis();
  await using proxy = await startFaultProxy(server);
  const { store, limiter } = storeOn(new Redis(proxy.url), 100);
  await limiter.penalize(acme, { requests: 10 });
  await limiter.reward(acme, { requests: 1 });
  proxy.cutReply(0);
  await limiter.reward(acme, { requests: 2 });
  expect(proxy.cuts).toBe(1);
  await isExact(store);
  expect(await usedOf(limiter)).toBe(7);
});

function storeOn(
  client: Redis,
  limit: number,
  options: RedisStoreOptions = {},
): { readonly store: RedisStore; readonly limiter: Limiter<AsyncStore> } {
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  const store = redisStore(client, { deadlineMs: 30_000, ...options });
  return { store, limiter: createLimiter({ limits: [limitOf(limit)], store }) };
}

interface Told {
  readonly allowed: boolean;
  readonly replayed: boolean | undefined;
}

async function again(limiter: Limiter<AsyncStore>, id = "request", subject = acme): Promise<Told> {
  const decision = await limiter.reserve(subject, {}, { id });
  const replayed = decision.allowed ? decision.replayed : undefined;
  return { allowed: decision.allowed, replayed };
}

async function thrice(limiter: Limiter<AsyncStore>, id?: string): Promise<Told[]> {
  return [await again(limiter, id), await again(limiter, id), await again(limiter, id)];
}

async function usedOf(limiter: Limiter<AsyncStore>): Promise<number> {
  const { limits, degraded } = await limiter.peek(acme);
  expect(degraded).toBe(undefined);
  return limits[0]!.used;
}

async function isExact(store: RedisStore): Promise<void> {
  await until("it is exact, and owes nothing", async () => {
    const { state, isOwed } = store.health();
    return state === "exact" && !isOwed ? true : undefined;
  });
}
