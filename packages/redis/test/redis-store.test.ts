import { readFileSync } from "node:fs";

import { concurrency, createLimiter, slidingWindow, tokenBucket } from "@sluice/core";
import { storeContract } from "@sluice/core/testing";
import { redisStore, type RedisStoreEvent } from "@sluice/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { type Place, places } from "./servers/given.ts";
import { startRedis } from "./servers/redis-server.ts";
import { until } from "./servers/until.ts";

/** Longer than this machine is ever busy: what is tested here is not the deadline. */
const deadlineMs = 30_000;
const per = ["tenant"];
const acme = { tenant: "acme" };
const rpm = slidingWindow({ name: "rpm", limit: 3, window: "1h", per });

describe.each(places)("redisStore on $name", ({ open }) => {
  let place: Place;
  let client: Redis;
  let made = 0;

  beforeAll(async () => {
    place = await open();
    client = new Redis(place.url);
  });
  afterAll(async () => {
    client.disconnect();
    await place[Symbol.asyncDispose]();
  });

  storeContract(
    { describe, it },
    (clock, remember) =>
      redisStore(client, {
        clock,
        remember,
        deadlineMs,
        prefix: `${place.prefix}${made++}:`,
      }),
    { operations: 4_000 },
  );

  it("sends what is asked in one tick as one command", async () => {
    const store = redisStore(client, { deadlineMs, prefix: place.prefix });
    const limiter = createLimiter({ limits: [rpm], store });
    await limiter.check({ tenant: "warm" });
    const ran: number[] = [];
    for (let tick = 0; tick < 5; tick++) {
      const before = await scriptsRun(client);
      await Promise.all(Array.from({ length: 30 }, () => limiter.check(acme)));
      ran.push((await scriptsRun(client)) - before);
    }
    // Others are of the pulses of all stores, which are a beat apart.
    expect(Math.min(...ran)).toBe(1);
    expect(await limiter.check(acme)).toMatchObject({ allowed: false, degraded: undefined });
  });

  it("decides on seven limits of one tenant, and charges none of them when one refuses", async () => {
    const dimensions = ["team", "user", "key", "model", "provider"];
    const limits = [
      ...dimensions.map((name) =>
        slidingWindow({ name, limit: 10, window: "1h", per: ["org", name] }),
      ),
      tokenBucket({ name: "org", capacity: 2, refill: 1, every: "1h", per: ["org"] }),
      concurrency({ name: "inflight", limit: 10, per: ["org"] }),
    ];
    const store = redisStore(client, { deadlineMs, prefix: place.prefix });
    const limiter = createLimiter({ limits, store });
    const subject = Object.fromEntries(["org", ...dimensions].map((name) => [name, `${name}-1`]));
    await limiter.check(subject);
    await limiter.check(subject);
    expect(await limiter.check(subject)).toMatchObject({ allowed: false, limitedBy: "org" });
    const { limits: states } = await limiter.peek(subject);
    expect(states.map(({ used }) => used)).toEqual([2, 2, 2, 2, 2, 2, 0]);
  });

  it("answers a refusal again by itself with a deny cache, and not once something was given back", async () => {
    const store = redisStore(client, { deadlineMs, denyCache: true, prefix: place.prefix });
    const limiter = createLimiter({ limits: [rpm], store });
    const cached = { tenant: "cached" };
    for (let call = 0; call < 4; call++) await limiter.check(cached);
    const before = await scriptsRun(client);
    for (let call = 0; call < 100; call++) await limiter.check(cached);
    // Others are the pulse's.
    expect((await scriptsRun(client)) - before).toBeLessThan(20);
    await limiter.reward(cached, { requests: 1 });
    expect((await limiter.check(cached)).allowed).toBe(true);
  });

  it("decides on a shared limit here, never more than the limit, and gives back what it did not use", async () => {
    const shares = { fleet: { slice: 10, ttl: "1s" } } as const;
    const fleet = slidingWindow({ name: "fleet", limit: 100, window: "1h", per: [] });
    const openOne = () => {
      const store = redisStore(client, { deadlineMs, shares, prefix: `${place.prefix}shared:` });
      return { store, limiter: createLimiter({ limits: [fleet], store }) };
    };
    const [one, other] = [openOne(), openOne()];
    const asked = Array.from({ length: 130 }, (_, call) =>
      (call % 2 ? one : other).limiter.check({}),
    );
    const allowed = (await Promise.all(asked)).filter((decision) => decision.allowed).length;
    expect(allowed).toBeLessThanOrEqual(100);
    expect(allowed).toBeGreaterThan(0);
    expect(one.store.bound().sentence).toContain(
      "what is shared out (fleet) never exceeds its limit",
    );
    await Promise.all([one.store.close(), other.store.close()]);
    const { limits } = await one.limiter.peek({});
    expect(limits[0]!.used).toBe(allowed);
  });
});

it("needs no command and no key but those that docs/redis.md names", async () => {
  await using server = await startRedis();
  const admin = new Redis(server.url);
  onTestFinished(() => admin.disconnect());
  const page = readFileSync(new URL("../../../docs/redis.md", import.meta.url), "utf8");
  const [, rules = ""] = /```\nuser (.*)\n```/.exec(page) ?? [];
  const [name = "", ...words] = rules.split(" ");
  await admin.acl("SETUSER", name, ...words);
  const client = new Redis({
    port: server.port,
    host: server.host,
    username: name,
    password: "secret",
  });
  onTestFinished(() => client.disconnect());
  const events: RedisStoreEvent[] = [];
  const store = redisStore(client, { deadlineMs, observe: (event) => events.push(event) });
  const limiter = createLimiter({ limits: [rpm], store });
  const reservation = await limiter.reserve(acme, { requests: 1 }, { id: "one" });
  if (!reservation.allowed) throw new Error("refused");
  await reservation.lease.extend({ requests: 1 });
  await reservation.lease.settle({ requests: 2 });
  await limiter.checkMany([{ subject: acme }, { subject: acme }]);
  await limiter.penalize(acme, { requests: 1 });
  await limiter.block(acme, "1m");
  expect(await limiter.check(acme)).toMatchObject({ reason: "blocked" });
  await limiter.reset(acme);
  expect(await limiter.peek(acme)).toMatchObject({ allowed: true, degraded: undefined });
  await expect(client.keys("*")).rejects.toThrow("NOPERM");
  expect(events).toEqual([]);
  expect(await admin.call("ACL", "LOG")).toEqual([expect.anything()]);
});

it("answers in every mode while there is no server, says so, and is exact again when there is one", async () => {
  const server = await startRedis();
  const client = new Redis(server.port, server.host);
  client.on("error", () => {});
  const events: string[] = [];
  const failure = { admitted: "allow", refused: "refuse" } as const;
  const observe = ({ kind }: RedisStoreEvent) => events.push(kind);
  const store = redisStore(client, { deadlineMs: 2_000, failure, observe });
  const limiters = ["counted", "admitted", "refused"].map((name) =>
    createLimiter({
      limits: [slidingWindow({ name, limit: 1, window: "1h", per: ["tenant"] })],
      store,
    }),
  );
  const askAll = async () =>
    Promise.all(limiters.map(async (limiter) => (await limiter.check(acme)).degraded));
  const isExact = async () =>
    (await askAll()).every((degraded) => degraded === undefined) ? true : undefined;
  await until("it is exact", isExact);
  await server.kill();
  await until("it is degraded", async () => ((await askAll())[0] === "local" ? true : undefined));
  expect(await askAll()).toEqual(["local", "allow", "refuse"]);
  const decisions = await Promise.all(limiters.map((limiter) => limiter.check(acme)));
  // What this process was granted before counts here too.
  expect(decisions.map((decision) => ("reason" in decision ? decision.reason : "allowed"))).toEqual(
    ["over-limit", "allowed", "store-unavailable"],
  );
  expect(store.bound()).toMatchObject({ state: "degraded", perProcess: Infinity });
  await server.restart();
  await until("it is exact", isExact);
  // The new server knows nothing: it is told what was granted.
  expect(await limiters[0]!.check(acme)).toMatchObject({ allowed: false, degraded: undefined });
  expect(events).toContain("failure");
  expect(events).toContain("recovery");
  client.disconnect();
  await server.stop();
});

it("says so, too, of what it decides out of slices while there is no server", async () => {
  const server = await startRedis();
  const client = new Redis(server.port, server.host);
  client.on("error", () => {});
  const shares = { fleet: { slice: 50, ttl: "20s" } } as const;
  const store = redisStore(client, { deadlineMs: 2_000, shares });
  const fleet = slidingWindow({ name: "fleet", limit: 1_000, window: "1h", per: [] });
  const [shared, exact] = [fleet, rpm].map((limit) => createLimiter({ limits: [limit], store }));
  await Promise.all(Array.from({ length: 20 }, () => shared!.check({})));
  expect(await shared!.check({})).toMatchObject({ allowed: true, degraded: undefined });
  await Promise.all(Array.from({ length: 20 }, () => shared!.reserve({})));
  await server.kill();
  await until("it is degraded", async () =>
    (await exact!.check(acme)).degraded === "local" ? true : undefined,
  );
  expect(await shared!.check({})).toMatchObject({ allowed: true, degraded: "local" });
  client.disconnect();
  await server.stop();
});

async function scriptsRun(client: Redis): Promise<number> {
  const stats = await client.info("commandstats");
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}
