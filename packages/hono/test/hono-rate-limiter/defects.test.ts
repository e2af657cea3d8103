import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import * as ours from "@sluice/hono/hono-rate-limiter";
import { Hono } from "hono";
import * as theirs from "hono-rate-limiter";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";

import type { Environment, Options, Package } from "./side.ts";
import { storage } from "./stores.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

afterEach(() => {
  vi.useRealTimers();
});

/** Plays it on both sides: theirs shows that there is something to tell ours by. */
async function both<T>(play: (side: Package) => T | Promise<T>): Promise<[theirs: T, ours: T]> {
  return [await play(theirs), await play(ours)];
}

function served({ rateLimiter }: Package, options: Options): Hono<Environment> {
  const app = new Hono<Environment>();
  app.use(rateLimiter({ keyGenerator: () => "everyone", ...options }));
  return app;
}

const byKey: Options = { keyGenerator: (c) => c.req.header("x-key") ?? "" };
const byHeader: Options = { limit: (c) => Number(c.req.header("x-limit")) };

describe("where hono-rate-limiter is wrong, this is right:", () => {
  it("what was refused is not held against a client whose limit is raised", async () => {
    const answers = await both(async (side) => {
      const app = served(side, byHeader);
      app.get("/", (c) => c.json(c.get("rateLimit")));
      const ask = async (limit: string) => app.request("/", { headers: { "x-limit": limit } });
      for (let asked = 0; asked < 7; asked++) await ask("2");
      const { status, headers } = await ask("6");
      return [status, headers.get("ratelimit-remaining")];
    });
    expect(answers).toEqual([
      [429, "0"],
      [200, "3"],
    ]);
  });

  it("what was refused while others were at work leaves no mark when these turn out not to count", async () => {
    const statuses = await both(async (side) => {
      const release: (() => void)[] = [];
      const app = served(side, {
        limit: 2,
        skipSuccessfulRequests: true,
        requestWasSuccessful: (c) => c.req.path === "/slow",
      });
      app.get("/slow", async (c) => {
        await new Promise<void>((resolve) => void release.push(resolve));
        return c.text("done");
      });
      app.get("/", (c) => c.text("ok"));
      const ask = async (): Promise<Response> => app.request("/slow");
      const slow = [ask(), ask()];
      while (release.length < 2) await new Promise((resolve) => void setImmediate(resolve));
      const seen = [];
      while (seen.length < 3) seen.push((await app.request("/")).status);
      for (const resolve of release) resolve();
      await Promise.all(slow);
      return [...seen, (await app.request("/")).status];
    });
    expect(statuses).toEqual([
      [429, 429, 429, 429],
      [429, 429, 429, 200],
    ]);
  });

  it("two requests at once are two: the first is not counted as the second", async () => {
    const statuses = await both(async (side) => {
      const app = served(side, { limit: 1 });
      app.get("/", (c) => c.text("ok"));
      const answers = await Promise.all([app.request("/"), app.request("/")]);
      return answers.map(({ status }) => status);
    });
    expect(statuses).toEqual([
      [429, 429],
      [200, 429],
    ]);
  });

  it("what is given back after its window has ended is not taken from the next", async () => {
    const remaining = await both(async (side) => {
      vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: 1e12 });
      const release: (() => void)[] = [];
      const app = served(side, { limit: 5, windowMs: 1_000, skipFailedRequests: true });
      app.get("/slow", async (c) => {
        await new Promise<void>((resolve) => void release.push(resolve));
        return c.text("failed", 500);
      });
      app.get("/", (c) => c.text("ok"));
      const slow = app.request("/slow");
      while (release.length < 1) await new Promise((resolve) => void setImmediate(resolve));
      vi.advanceTimersByTime(1_001);
      await app.request("/");
      release[0]!();
      await slow;
      return (await app.request("/")).headers.get("ratelimit-remaining");
    });
    expect(remaining).toEqual(["4", "3"]);
  });

  it("what was told of a request does not change afterwards", async () => {
    const told = await both(async (side) => {
      vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: 1e12 });
      const states: { resetTime?: Date | undefined }[] = [];
      const app = served(side, { windowMs: 1_000 });
      app.get("/", (c) => {
        states.push(c.get("rateLimit") as { resetTime: Date });
        return c.text("ok");
      });
      await app.request("/");
      vi.setSystemTime(1e12 + 1_500);
      await app.request("/");
      return states.map(({ resetTime }) => Number(resetTime) - 1e12);
    });
    expect(told).toEqual([
      [2_500, 2_500],
      [1_000, 2_500],
    ]);
  });

  it("a client whose window has ended is not told of as if it were running", async () => {
    const known = await both(({ MemoryStore }) => {
      vi.useFakeTimers({ toFake: ["Date"], now: 0 });
      const store = new MemoryStore();
      store.init({ windowMs: 1_000 } as Parameters<typeof store.init>[0]);
      store.increment("a");
      vi.setSystemTime(1_000);
      const told = store.get("a")?.totalHits;
      store.shutdown();
      return told;
    });
    expect(known).toEqual([1, undefined]);
  });

  it("a window that is a text, as the environment gives it, is as long as it says", async () => {
    const windowMs: unknown = "60000";
    const answers = await both(async (side) => {
      const app = served(side, { windowMs: windowMs as number, limit: 1 });
      app.get("/", (c) => c.text("ok"));
      const { headers } = await app.request("/");
      return [headers.get("ratelimit-reset"), (await app.request("/")).status];
    });
    expect(answers).toEqual([
      [null, 429],
      ["60", 429],
    ]);
  });

  it("a window of more than 24.8 days is kept", async () => {
    const statuses = await both(async (side) => {
      vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
      const app = served(side, { limit: 1, windowMs: 2 ** 31 });
      app.get("/", (c) => c.text("ok"));
      const seen = [(await app.request("/")).status, (await app.request("/")).status];
      vi.advanceTimersByTime(10);
      return [...seen, (await app.request("/")).status];
    });
    expect(statuses).toEqual([
      [200, 429, 200],
      [200, 429, 429],
    ]);
  });

  it("starts no timer, which a worker must not at its start, and keeps nobody for two windows", async () => {
    const seen = await both(({ rateLimiter, MemoryStore }) => {
      vi.useFakeTimers({ now: 0 });
      const store = new MemoryStore();
      rateLimiter({ store, windowMs: 1_000, keyGenerator: () => "" });
      const timers = vi.getTimerCount();
      store.increment("gone");
      store.decrement("never there");
      const size = store.current.size + store.previous.size;
      for (const at of [1_000, 2_000]) {
        vi.setSystemTime(at);
        store.increment("here");
      }
      store.shutdown();
      return [timers, size];
    });
    expect(seen).toEqual([
      [1, 2],
      [0, 1],
    ]);
  });

  it("fresh keys without end cost bounded memory, and forget nobody who is being refused", async () => {
    const store = new ours.MemoryStore<Environment>({ maxKeys: 1_000 });
    const app = served(ours, { limit: 1, store, ...byKey });
    app.get("/", (c) => c.text("ok"));
    const ask = async () => (await app.request("/", { headers: { "x-key": "blocked" } })).status;
    const seen = [await ask(), await ask()];
    for (let key = 0; key < 10_000; key++) store.increment(`fresh ${key}`);
    expect([...seen, await ask()]).toEqual([200, 429, 429]);
    expect(store.current.size + store.previous.size).toBeLessThanOrEqual(1_000);
  });

  it("requests at once are all counted in a storage of unstorage's", async () => {
    const hits = await both(async ({ UnstorageStore }) => {
      const store = new UnstorageStore({ storage: storage() });
      store.init({ windowMs: 60_000 } as Parameters<typeof store.init>[0]);
      await Promise.all(Array.from({ length: 20 }, async () => store.increment("a")));
      await Promise.all([store.decrement("a"), store.decrement("a")]);
      return (await store.get("a"))?.totalHits;
    });
    expect(hits).toEqual([0, 18]);
  });

  it("a storage of unstorage's is told when it may forget a client", async () => {
    const given: unknown[] = [];
    const kept = storage();
    const set = async (...what: readonly unknown[]): Promise<void> => void given.push(what[2]);
    const store = new ours.UnstorageStore({ storage: { ...kept, set } });
    store.init({ windowMs: 1_500 } as Parameters<typeof store.init>[0]);
    await store.increment("a");
    expect(given).toEqual([{ ttl: 2 }]);
  });

  it("a storage that fails once does not keep the next request from being counted", async () => {
    const kept = storage();
    let calls = 0;
    const get = async (key: string): Promise<unknown> => {
      if (calls++ === 0) throw new Error("down");
      return kept.get(key);
    };
    const store = new ours.UnstorageStore({ storage: { ...kept, get } });
    store.init({ windowMs: 1_500 } as Parameters<typeof store.init>[0]);
    const [first, second] = await Promise.allSettled([store.increment("a"), store.increment("a")]);
    expect([first.status, second.status]).toEqual(["rejected", "fulfilled"]);
  });

  it("a request that comes while another waits for its turn at a storage waits, too", async () => {
    const kept = storage();
    const get = async (key: string): Promise<unknown> => {
      const stored: unknown = await kept.get(key);
      await new Promise((resolve) => void setImmediate(resolve));
      return stored;
    };
    const store = new ours.UnstorageStore({ storage: { ...kept, get } });
    store.init({ windowMs: 60_000 } as Parameters<typeof store.init>[0]);
    const [first, second] = [store.increment("a"), store.increment("a")];
    await first;
    const hits = await Promise.all([second, store.increment("a")]);
    expect(hits).toMatchObject([{ totalHits: 2 }, { totalHits: 3 }]);
  });

  it("a storage is never asked to forget a client before it is told of it", async () => {
    let nowMs = 0;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => (nowMs += 400));
    onTestFinished(() => clock.mockRestore());
    const given: unknown[] = [];
    const kept = storage();
    const set = async (key: string, value: unknown, options?: object): Promise<void> => {
      given.push(options);
      await kept.set(key, value);
    };
    const store = new ours.UnstorageStore({ storage: { ...kept, set } });
    store.init({ windowMs: 1_000 } as Parameters<typeof store.init>[0]);
    await store.increment("a");
    // Its window ends between what is read of it and what is written.
    const { totalHits, resetTime } = await store.increment("a");
    expect([totalHits, Number(resetTime) < nowMs]).toEqual([2, true]);
    expect(given).toEqual([{ ttl: 1 }, { ttl: 1 }]);
  });

  it("a client whose requests are counted is in the storage alone", async () => {
    const store = new ours.UnstorageStore({ storage: storage() });
    store.init({ windowMs: 60_000 } as Parameters<typeof store.init>[0]);
    const told: WeakRef<object>[] = [];
    for (let key = 0; key < 100; key++) told.push(new WeakRef(await store.increment(`${key}`)));
    const left = (): number => {
      collect();
      return told.filter((one) => one.deref() !== undefined).length;
    };
    await expect.poll(left, { timeout: 10_000 }).toBeLessThan(10);
    expect((await store.get("99"))?.totalHits).toBe(1);
  });

  it("giving back more than was counted lets nobody have more than the limit", async () => {
    const store = new ours.MemoryStore<Environment>();
    const app = served(ours, { limit: 1, store });
    app.get("/", (c) => c.text("ok"));
    const ask = async (): Promise<number> => (await app.request("/")).status;
    const seen = [await ask(), await ask()];
    for (let given = 0; given < 3; given++) store.decrement("everyone");
    expect([...seen, await ask(), await ask()]).toEqual([200, 429, 200, 429]);
  });
});
