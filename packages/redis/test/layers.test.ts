import { createLimiter, slidingWindow } from "@sluice/core";
import { storeContract } from "@sluice/core/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { coalesce } from "../src/coalesce.ts";
import { denyCache } from "../src/deny-cache.ts";
import { shares } from "../src/shares.ts";
import { bareStore } from "./bare-store.ts";
import { type RedisServer, startRedis } from "./servers/redis-server.ts";

let server: RedisServer;
let client: Redis;
let stores = 0;

beforeAll(async () => {
  server = await startRedis();
  client = new Redis(server.port, server.host);
});

afterAll(async () => {
  client.disconnect();
  await server.stop();
});

describe("coalesced, on a server", () => {
  storeContract(
    { describe, it },
    (clock, remember) =>
      coalesce(bareStore(client, { clock, remember, prefix: `contract-${stores++}:` })),
    { operations: 5_000 },
  );
});

describe("all layers, on a server", () => {
  it("admit exactly the limit to a thousand who race, and charge nothing to who is refused", async () => {
    const exact = bareStore(client, { prefix: "race:" });
    const share = new Map([["fleet", { slice: 10, ttlMs: 1_000 }]]);
    const store = shares(denyCache(coalesce(exact)), { shares: share });
    const mine = slidingWindow({ name: "mine", limit: 100, window: "1m", per: ["tenant"] });
    const fleet = slidingWindow({ name: "fleet", limit: 1_000, window: "1m", per: [] });
    const limiter = createLimiter({ limits: [mine, fleet], store });
    const asked = Array.from({ length: 1_000 }, () => limiter.check({ tenant: "acme" }));
    const allowed = (await Promise.all(asked)).filter((decision) => decision.allowed);
    expect(allowed).toHaveLength(100);
    await store.giveBack();
    const { limits } = await limiter.peek({ tenant: "acme" });
    expect(limits.map(({ used }) => used)).toEqual([100, 100]);
  });
});
