import { memoryStore } from "@sluice/core";
import {
  type RateLimitInfo,
  rateLimit,
  type RateLimitOptions,
} from "@sluice/express/express-rate-limit";
import express from "express";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { serve } from "../serve.ts";
import { modernStore } from "./stores.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1e12 });
});
afterEach(() => {
  vi.useRealTimers();
});

const everyone: RateLimitOptions = { keyGenerator: () => "everyone", algorithm: "sliding-window" };

const limitOf: RateLimitOptions["limit"] = (req) => Number(req.get("x-limit"));
const keyOf: RateLimitOptions["keyGenerator"] = (req) => req.get("x-key") ?? "";

const tellUsed: RateLimitOptions["handler"] = (req, res) => {
  res.status(429).json((req as unknown as { rateLimit: RateLimitInfo }).rateLimit.used);
};

async function served(...options: readonly RateLimitOptions[]) {
  const limiters = options.map((one) => rateLimit(one));
  const app = express();
  for (const limiter of limiters) app.use(limiter);
  app.get("/fail", (_req, res) => void res.sendStatus(500));
  app.get("/", (req, res) => {
    res.json((req as unknown as { rateLimit: RateLimitInfo }).rateLimit);
  });
  app.use(((error, _req, res, _next) => {
    res.status(500).send(String(error));
  }) as express.ErrorRequestHandler);
  return { ask: await serve(app), limiter: limiters[0]! };
}

describe('algorithm: "sliding-window"', () => {
  it("lets no more than the limit through in any window, where a fixed one begins anew", async () => {
    const windows = { limit: 2, windowMs: 1_000 };
    const [sliding, fixed] = [
      await served({ ...everyone, ...windows }),
      await served({ ...everyone, ...windows, algorithm: "fixed-window" }),
    ];
    const seen = [];
    for (const at of [0, 900, 999, 1_000, 1_001, 1_899, 1_900]) {
      vi.setSystemTime(1e12 + at);
      seen.push([at, (await sliding.ask()).status, (await fixed.ask()).status]);
    }
    expect(seen).toEqual([
      [0, 200, 200],
      [900, 200, 200],
      [999, 429, 429],
      [1_000, 200, 200],
      [1_001, 429, 200],
      [1_899, 429, 429],
      [1_900, 200, 429],
    ]);
  });

  it("tells the same state and headers, and when the next request fits", async () => {
    const { ask } = await served({
      ...everyone,
      limit: 2,
      windowMs: 10_000,
      standardHeaders: true,
    });
    await ask();
    vi.setSystemTime(1e12 + 4_000);
    const { body } = await ask();
    const resetTime = new Date(1e12 + 10_000).toISOString();
    const state = { limit: 2, used: 2, remaining: 0, resetTime, key: "everyone" };
    expect(JSON.parse(body)).toEqual(state);
    const { status, headers } = await ask();
    expect(status).toBe(429);
    expect(headers).toMatchObject({
      "x-ratelimit-limit": ["2"],
      "x-ratelimit-remaining": ["0"],
      "x-ratelimit-reset": ["1000000010"],
      "ratelimit-policy": ["2;w=10"],
      "ratelimit-reset": ["6"],
      "retry-after": ["6"],
    });
  });

  it("tells a handler of the refused request as one more than there is room for", async () => {
    const { ask } = await served({ ...everyone, limit: 1, handler: tellUsed });
    await ask();
    expect([(await ask()).body, (await ask()).body]).toEqual(["2", "2"]);
  });

  it("charges nothing for what it refuses, however high the next limit is", async () => {
    const { ask } = await served({ ...everyone, limit: limitOf, validate: false });
    for (let asked = 0; asked < 5; asked++) await ask("/", { "x-limit": "1" });
    const { body } = await ask("/", { "x-limit": "3" });
    expect(JSON.parse(body)).toMatchObject({ limit: 3, used: 2, remaining: 1 });
    expect((await ask("/", { "x-limit": "0" })).headers).toMatchObject({ "retry-after": ["60"] });
    expect((await ask("/", { "x-limit": "2.9" })).status).toBe(429);
    expect((await ask("/", { "x-limit": "Infinity" })).status).toBe(200);
    expect((await ask("/", { "x-limit": "many" })).body).toContain("limit must be");
  });

  it("gives back what is not to count, and holds nothing once a response has ended", async () => {
    const store = memoryStore();
    const { ask } = await served({ ...everyone, store, limit: 2, skipFailedRequests: true });
    const statuses = [];
    for (const path of ["/fail", "/fail", "/", "/fail", "/", "/"]) {
      statuses.push((await ask(path)).status);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(statuses).toEqual([500, 500, 200, 500, 200, 429]);
    expect(store.size()).toMatchObject({ live: 0 });
  });

  it("tells what is known of a client, and forgets it, on request", async () => {
    const { ask, limiter } = await served({ ...everyone, limit: 1, windowMs: 5_000 });
    expect(await limiter.getKey("everyone")).toBeUndefined();
    await ask();
    expect((await ask()).status).toBe(429);
    const resetTime = new Date(1e12 + 5_000);
    expect(await limiter.getKey("everyone")).toEqual({ totalHits: 1, resetTime });
    limiter.resetKey("everyone");
    expect((await ask()).status).toBe(200);
  });

  it("is what a store of Sluice's counts by, under one name by default", async () => {
    const store = memoryStore();
    const { algorithm: _, ...common } = { ...everyone, store, limit: 3 };
    const first = await served(common);
    const second = await served({ ...common, validate: false });
    const third = await served({ ...common, name: "other" });
    await first.ask();
    await second.ask();
    const used = async ({ ask }: typeof first) => JSON.parse((await ask()).body).used;
    expect([await used(first), await used(third)]).toEqual([3, 1]);
  });

  it("warns of two limiters that count one request under one name in one store", async () => {
    const store = memoryStore();
    const codes: unknown[] = [];
    const log = (error: unknown): void => void codes.push((error as { code: string }).code);
    const logger = { error: log, warn: log };
    const common = { ...everyone, store, logger };
    await (await served(common, { ...common, name: "inner" })).ask();
    expect(codes).toEqual([]);
    await (await served(common, common)).ask();
    const reuse = "ERR_ERL_STORE_REUSE";
    expect(codes).toEqual([reuse, reuse, "ERR_ERL_DOUBLE_COUNT"]);
  });

  it("is an error where the store has no room, unless requests are to pass", async () => {
    const logger = { error: vi.fn<() => void>(), warn: () => {} };
    const common = { ...everyone, limit: 1, keyGenerator: keyOf, logger };
    const statuses = [];
    for (const passOnStoreError of [false, true]) {
      const store = memoryStore({ maxKeys: 1 });
      const { ask } = await served({ ...common, store, passOnStoreError });
      for (const key of ["a", "b"]) statuses.push((await ask("/", { "x-key": key })).status);
    }
    expect(statuses).toEqual([200, 500, 200, 200]);
    expect(logger.error).toHaveBeenCalledOnce();
  });

  it.each<[string, RateLimitOptions, string]>([
    [
      "an algorithm that there is not",
      { algorithm: "leaky" as "fixed-window" },
      "algorithm must be",
    ],
    [
      "a fixed window on a store of Sluice's",
      { algorithm: "fixed-window", store: memoryStore() },
      "algorithm must be",
    ],
    [
      "a sliding window on another's store",
      {
        algorithm: "sliding-window",
        store: modernStore({ note: () => {} } as unknown as Parameters<typeof modernStore>[0]),
      },
      "store must be",
    ],
    ["a name that is none", { algorithm: "sliding-window", name: "a b" }, "name must be"],
    ["a window that is none", { algorithm: "sliding-window", windowMs: -1 }, "window must be"],
  ])("throws for %s", (_, options, message) => {
    expect(() => rateLimit({ ...options, validate: false })).toThrow(message);
  });
});
