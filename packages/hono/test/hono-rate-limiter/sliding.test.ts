import { memoryStore } from "@sluice/core";
import { type HonoConfigProps, rateLimiter } from "@sluice/hono/hono-rate-limiter";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1e12 });
});
afterEach(() => {
  vi.useRealTimers();
});

type Options = Partial<HonoConfigProps>;

const everyone = (): string => "everyone";

function served(options: Options): Hono {
  const app = new Hono();
  app.use(rateLimiter({ keyGenerator: everyone, algorithm: "sliding-window", ...options }));
  app.get("/fail", (c) => c.text("failed", 500));
  app.get("/throws", () => {
    throw "a string";
  });
  app.get("/store", async (c) => {
    const { getKey, resetKey } = c.get("rateLimitStore" as never) as {
      getKey: (key: string) => Promise<object | undefined>;
      resetKey: (key: string) => Promise<void>;
    };
    const before = await getKey("everyone");
    await resetKey("everyone");
    return c.json([before, (await getKey("everyone")) ?? null]);
  });
  app.get("/", (c) => c.json(c.get("rateLimit" as never)));
  app.onError((error, c) => c.text(String(error), 503));
  return app;
}

describe('algorithm: "sliding-window"', () => {
  it("lets no more than the limit through in any window, where a fixed one begins anew", async () => {
    const windows = { limit: 2, windowMs: 1_000 };
    const apps = [served(windows), served({ ...windows, algorithm: "fixed-window" })];
    const seen = [];
    for (const at of [0, 900, 999, 1_000, 1_001, 1_899, 1_900]) {
      vi.setSystemTime(1e12 + at);
      const statuses = [];
      for (const app of apps) statuses.push((await app.request("/")).status);
      seen.push([at, ...statuses]);
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

  it("tells the same state and headers, and charges nothing for what it refuses", async () => {
    const app = served({ limit: (c) => Number(c.req.query("limit") ?? 2), windowMs: 10_000 });
    await app.request("/");
    vi.setSystemTime(1e12 + 4_000);
    const state = { limit: 2, used: 2, remaining: 0, resetTime: new Date(1e12 + 10_000) };
    expect(await (await app.request("/")).json()).toEqual(JSON.parse(JSON.stringify(state)));
    for (let asked = 0; asked < 3; asked++) {
      const { status, headers } = await app.request("/");
      const told = ["policy", "limit", "remaining", "reset"].map((name) =>
        headers.get(`ratelimit-${name}`),
      );
      expect([status, ...told, headers.get("retry-after")]).toEqual([
        429,
        "2;w=10",
        "2",
        "0",
        "6",
        "6",
      ]);
    }
    const { headers } = await app.request("/?limit=5");
    expect(headers.get("ratelimit-remaining")).toBe("2");
  });

  it("gives back what is not to count, and holds nothing once a response has ended", async () => {
    const store = memoryStore();
    const app = served({ store, limit: 2, skipFailedRequests: true });
    const statuses = [];
    for (const path of ["/fail", "/", "/throws", "/fail", "/", "/"]) {
      try {
        statuses.push((await app.request(path)).status);
      } catch (thrown) {
        // What is no error passes Hono by.
        statuses.push(thrown);
      }
    }
    expect(statuses).toEqual([500, 200, "a string", 500, 200, 429]);
    expect(store.size()).toMatchObject({ live: 0 });
  });

  it("tells what is known of a client, and forgets it, by the context", async () => {
    const app = served({ limit: 9, windowMs: 5_000 });
    await app.request("/");
    const resetTime = new Date(1e12 + 5_000).toISOString();
    expect(await (await app.request("/store")).json()).toEqual([{ totalHits: 2, resetTime }, null]);
  });

  it("is what a store of Sluice's counts by, under one name by default", async () => {
    const store = memoryStore();
    const apps = [served({ store }), served({ store }), served({ store, name: "other" })];
    const used = [];
    for (const app of apps)
      used.push(((await (await app.request("/")).json()) as { used: number }).used);
    expect(used).toEqual([1, 2, 1]);
  });

  it("is an error where the store has no room", async () => {
    const store = memoryStore({ maxKeys: 1 });
    const app = served({ store, limit: 1, keyGenerator: (c) => c.req.query("key") ?? "" });
    const statuses = [];
    for (const key of ["a", "b"]) statuses.push((await app.request(`/?key=${key}`)).status);
    expect(statuses).toEqual([200, 503]);
  });

  it.each<[string, Options, string]>([
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
      { store: { increment: () => ({ totalHits: 1 }), decrement() {}, resetKey() {} } },
      "store must be",
    ],
    ["a name that is none", { name: "a b" }, "name must be"],
    ["a window that is none", { windowMs: -1 }, "window must be"],
  ])("throws for %s", (_, options, message) => {
    expect(() => served(options)).toThrow(message);
  });
});
