import { EventEmitter, once } from "node:events";
import { get } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import * as ours from "@sluice/express/express-rate-limit";
import express from "express";
import type { Options, Store } from "express-rate-limit";
import * as theirs from "express-rate-limit";
import { afterEach, describe, expect, it, vi } from "vitest";

import { serve } from "../serve.ts";
import type { Package } from "./side.ts";

afterEach(() => {
  vi.useRealTimers();
});

const everyone: Partial<Options> = { keyGenerator: () => "everyone", validate: false };

const limitOf: Options["limit"] = (req) => Number(req.get("x-limit"));
const keyOf: Options["keyGenerator"] = (req) => req.get("x-key") ?? "";
const wasSent: Options["requestWasSuccessful"] = (_req, res) => res.writableFinished;

/** Plays it on both sides: theirs shows that there is something to tell ours by. */
async function both<T>(play: (side: Package) => T | Promise<T>): Promise<[theirs: T, ours: T]> {
  return [await play(theirs), await play(ours)];
}

/** A promise, and what keeps it. */
function later(): { readonly promise: Promise<unknown>; readonly resolve: () => void } {
  const source = new EventEmitter();
  return { promise: once(source, "kept"), resolve: () => void source.emit("kept") };
}

describe("where express-rate-limit is wrong, this is right:", () => {
  it("what was refused is not held against a client whose limit is raised", async () => {
    const answers = await both(async ({ rateLimit }) => {
      const app = express().use(rateLimit({ ...everyone, limit: limitOf }));
      app.get("/", (req, res) => {
        const { used, remaining } = (req as unknown as { rateLimit: theirs.RateLimitInfo })
          .rateLimit;
        res.json([used, remaining]);
      });
      const ask = await serve(app);
      for (let asked = 0; asked < 7; asked++) await ask("/", { "x-limit": "2" });
      const { status, body } = await ask("/", { "x-limit": "6" });
      return [status, status === 200 ? body : ""];
    });
    expect(answers).toEqual([
      [429, ""],
      [200, "[3,3]"],
    ]);
  });

  it("what was refused while others were at work leaves no mark when these turn out not to count", async () => {
    const statuses = await both(async ({ rateLimit }) => {
      const release = later();
      const app = express();
      app.use(rateLimit({ ...everyone, limit: 2, skipSuccessfulRequests: true }));
      app.get("/slow", async (_req, res) => {
        await release.promise;
        res.end();
      });
      app.get("/", (_req, res) => void res.end());
      const ask = await serve(app);
      const slow = [ask("/slow"), ask("/slow")];
      const seen = [];
      while (seen.length < 4) seen.push((await ask("/")).status);
      release.resolve();
      await Promise.all(slow);
      return [...seen, (await ask("/")).status].slice(-3);
    });
    expect(statuses).toEqual([
      [429, 429, 429],
      [429, 429, 200],
    ]);
  });

  it.each([
    ["by hand", (res: express.Response) => void res.write("token ")],
    [
      "in a pipeline",
      (res: express.Response) => {
        const endless = Readable.from(
          (async function* () {
            for (;;) {
              yield "token ";
              await new Promise((resolve) => void setImmediate(resolve));
            }
          })(),
        );
        pipeline(endless, res).catch(() => {});
      },
    ],
  ])(
    "a stream, written %s, that its client leaves counts, though failed requests do not",
    async (_, stream) => {
      const served = await both(async ({ rateLimit }) => {
        const app = express();
        app.use(rateLimit({ ...everyone, limit: 2, skipFailedRequests: true }));
        const left: Promise<unknown>[] = [];
        app.get("/", (_req, res) => {
          left.push(once(res, "close"));
          stream(res);
        });
        const { url } = await serve(app);
        const statuses = [];
        for (let asked = 0; asked < 6; asked++) {
          const client = get(url).on("error", () => {});
          const [answer] = await once(client, "response");
          statuses.push(answer.statusCode);
          client.destroy();
          await Promise.all(left);
          await new Promise((resolve) => void setImmediate(resolve));
        }
        return statuses.filter((status) => status === 200).length;
      });
      expect(served).toEqual([6, 2]);
    },
  );

  it("a client that leaves before there is an answer has been served, too", async () => {
    const served = await both(async ({ rateLimit }) => {
      let worked = 0;
      const app = express();
      app.use(rateLimit({ ...everyone, limit: 2, skipFailedRequests: true }));
      const asked: ReturnType<typeof later>[] = [];
      app.get("/", (_req, res) => {
        worked++;
        res.once("close", () => setImmediate(() => asked.at(-1)?.resolve()));
        clients.at(-1)?.destroy();
      });
      const clients: ReturnType<typeof get>[] = [];
      const { url } = await serve(app);
      for (let count = 0; count < 5; count++) {
        const done = later();
        asked.push(done);
        const client = get(url, (answer) => answer.resume().once("end", () => done.resolve()));
        clients.push(client.on("error", () => {}));
        await done.promise;
      }
      return worked;
    });
    expect(served).toEqual([5, 2]);
  });

  it("a stream that its client leaves is not counted if requestWasSuccessful says that it failed", async () => {
    const app = express();
    app.use(
      ours.rateLimit({
        ...everyone,
        limit: 1,
        skipFailedRequests: true,
        requestWasSuccessful: wasSent,
      }),
    );
    let closed: Promise<unknown> = Promise.resolve();
    app.get("/", (_req, res) => {
      closed = once(res, "close");
      res.write("token ");
    });
    const { url } = await serve(app);
    for (let asked = 0; asked < 3; asked++) {
      const client = get(url).on("error", () => {});
      const [answer] = await once(client, "response");
      expect(answer.statusCode).toBe(200);
      client.destroy();
      await closed;
      await new Promise((resolve) => void setImmediate(resolve));
    }
  });

  it("a client that leaves does not make its request a success", async () => {
    const app = express();
    app.use(ours.rateLimit({ ...everyone, limit: 2, skipSuccessfulRequests: true }));
    let closed: Promise<unknown> = Promise.resolve();
    app.get("/", (_req, res) => {
      closed = once(res, "close");
      res.write("token ");
    });
    const { url } = await serve(app);
    const statuses = [];
    for (let asked = 0; asked < 3; asked++) {
      const client = get(url).on("error", () => {});
      const [answer] = await once(client, "response");
      statuses.push(answer.statusCode);
      client.destroy();
      await closed;
      await new Promise((resolve) => void setImmediate(resolve));
    }
    expect(statuses).toEqual([200, 200, 429]);
  });

  it("two requests of one packet are two: the first is not counted as the second", async () => {
    const statuses = await both(async ({ rateLimit }) => {
      const app = express().use(rateLimit({ ...everyone, limit: 1 }));
      app.get("/", (_req, res) => void res.send("ok"));
      const { url } = await serve(app);
      const socket = connect(Number(new URL(url).port), "127.0.0.1").setEncoding("utf8");
      socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(2));
      let text = "";
      while ((text.match(/HTTP\/1\.1 \d+/g) ?? []).length < 2)
        text += (await once(socket, "data"))[0];
      socket.destroy();
      return text.match(/HTTP\/1\.1 \d+/g);
    });
    expect(statuses).toEqual([
      ["HTTP/1.1 429", "HTTP/1.1 429"],
      ["HTTP/1.1 200", "HTTP/1.1 429"],
    ]);
  });

  it("what the memory store has answered does not change afterwards", async () => {
    const told = await both(async ({ MemoryStore }) => {
      const store = new MemoryStore();
      store.init({ windowMs: 60_000 } as Options);
      const { totalHits: _, ...rest } = await store.increment("a");
      const first = await store.increment("a");
      await store.increment("a");
      store.shutdown();
      return [first.totalHits, Object.keys(rest)];
    });
    expect(told).toEqual([
      [3, ["resetTime"]],
      [2, ["resetTime"]],
    ]);
  });

  it("what it tells of a window's end does not change either, when the clock is set back", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1e12 });
    const store = new ours.MemoryStore();
    store.init({ windowMs: 60_000 } as Options);
    const { resetTime } = await store.increment("a");
    vi.setSystemTime(1e12 - 3_600_000);
    await store.increment("a");
    expect(resetTime).toEqual(new Date(1e12 + 60_000));
  });

  it("a store that was shut down has forgotten everybody", async () => {
    const store = new ours.MemoryStore();
    store.init({ windowMs: 60_000 } as Options);
    await store.increment("a");
    store.shutdown();
    expect(await store.get("a")).toBeUndefined();
  });

  it("a window that is a text, as the environment gives it, is as long as it says", async () => {
    const windowMs: unknown = "60000";
    const answers = await both(async ({ rateLimit }) => {
      const app = express().use(
        rateLimit({ ...everyone, windowMs: windowMs as number, limit: 1, standardHeaders: true }),
      );
      app.get("/", (_req, res) => void res.end());
      const ask = await serve(app);
      const { headers } = await ask();
      return [headers["ratelimit-reset"], (await ask()).status];
    });
    expect(answers).toEqual([
      [["NaN"], 429],
      [["60"], 429],
    ]);
  });

  it("a window of more than 24.8 days is kept", async () => {
    const statuses = await both(async ({ rateLimit }) => {
      vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
      const app = express().use(rateLimit({ ...everyone, limit: 1, windowMs: 2 ** 31 }));
      app.get("/", (_req, res) => void res.end());
      const ask = await serve(app);
      const seen = [(await ask()).status, (await ask()).status];
      vi.advanceTimersByTime(10);
      return [...seen, (await ask()).status];
    });
    expect(statuses).toEqual([
      [200, 429, 200],
      [200, 429, 429],
    ]);
  });

  it("a clock that is set back keeps nobody out for longer than a window", async () => {
    const statuses = await both(async ({ rateLimit }) => {
      vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: 1e12 });
      const app = express().use(rateLimit({ ...everyone, limit: 1, windowMs: 1_000 }));
      app.get("/", (_req, res) => void res.end());
      const ask = await serve(app);
      await ask();
      vi.setSystemTime(1e12 - 3_600_000);
      const seen = [(await ask()).status];
      vi.setSystemTime(1e12 - 3_600_000 + 1_000);
      return [...seen, (await ask()).status];
    });
    expect(statuses).toEqual([
      [429, 429],
      [429, 200],
    ]);
  });

  it("a client that is forgotten while its request is at work stays forgotten", async () => {
    const known = await both(async ({ rateLimit }) => {
      const limiter = rateLimit({ ...everyone, skipFailedRequests: true });
      const app = express().use(limiter);
      app.get("/", (_req, res) => {
        limiter.resetKey("everyone");
        res.sendStatus(500);
      });
      await (
        await serve(app)
      )();
      await new Promise((resolve) => void setImmediate(resolve));
      return (await limiter.getKey("everyone"))?.totalHits;
    });
    expect(known).toEqual([0, undefined]);
  });

  it("requestWasSuccessful is asked once for a request", async () => {
    const asked = await both(async ({ rateLimit }) => {
      const requestWasSuccessful = vi.fn<() => boolean>(() => true);
      const skips = { skipFailedRequests: true, skipSuccessfulRequests: true };
      const app = express().use(rateLimit({ ...everyone, ...skips, requestWasSuccessful }));
      app.get("/", (_req, res) => void res.end());
      await (
        await serve(app)
      )();
      await new Promise((resolve) => void setImmediate(resolve));
      return requestWasSuccessful.mock.calls.length;
    });
    expect(asked).toEqual([2, 1]);
  });

  it("a store whose init failed is initialized again, once for all that wait, when it cannot count", async () => {
    const logger = { error: vi.fn<() => void>(), warn: () => {} };
    const waiting: (() => void)[] = [];
    let [inits, isUp] = [0, false];
    const counted: string[] = [];
    const store: Store = {
      async init() {
        if (inits++ === 0) throw new Error("down");
        await new Promise<void>((resolve) => void waiting.push(resolve));
        isUp = true;
      },
      increment(key) {
        counted.push(key);
        if (!isUp) throw new Error("not ready");
        return { totalHits: 1, resetTime: undefined };
      },
      decrement() {},
      resetKey() {},
    };
    const app = express()
      .set("env", "test")
      .use(ours.rateLimit({ ...everyone, store, logger }));
    app.get("/", (_req, res) => void res.end());
    const ask = await serve(app);
    const answers = [ask(), ask(), ask()];
    while (waiting.length === 0 || counted.length < 3) {
      await new Promise((resolve) => void setImmediate(resolve));
    }
    for (const resolve of waiting) resolve();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect([statuses, inits, logger.error.mock.calls.length]).toEqual([[200, 200, 200], 2, 1]);
    isUp = false;
    expect([(await ask()).status, inits]).toEqual([500, 2]);
  });

  it("a store whose init failed is tried again as often as it fails", async () => {
    let inits = 0;
    const store: Store = {
      async init() {
        if (inits++ < 3) throw new Error("down");
      },
      increment() {
        if (inits < 4) throw new Error("not ready");
        return { totalHits: 1, resetTime: undefined };
      },
      decrement() {},
      resetKey() {},
    };
    const logger = { error() {}, warn() {} };
    const app = express().set("env", "test");
    app.use(ours.rateLimit({ ...everyone, store, logger }));
    app.get("/", (_req, res) => void res.end());
    const ask = await serve(app);
    const statuses = [];
    while (statuses.length < 4) statuses.push((await ask()).status);
    expect([statuses, inits]).toEqual([[500, 500, 200, 200], 4]);
  });

  it("giving back more than was counted lets nobody have more than the limit", async () => {
    const store = new ours.MemoryStore();
    const app = express().use(ours.rateLimit({ ...everyone, limit: 1, store }));
    app.get("/", (_req, res) => void res.end());
    const ask = await serve(app);
    const seen = [(await ask()).status, (await ask()).status];
    for (let given = 0; given < 3; given++) await store.decrement("everyone");
    expect([...seen, (await ask()).status, (await ask()).status]).toEqual([200, 429, 200, 429]);
  });

  it("fresh keys without end cost bounded memory, and forget nobody who is being refused", async () => {
    const store = new ours.MemoryStore({ maxKeys: 1_000 });
    const app = express().use(
      ours.rateLimit({ limit: 1, store, keyGenerator: keyOf, validate: false }),
    );
    app.get("/", (_req, res) => void res.end());
    const ask = await serve(app);
    const blocked = { "x-key": "blocked" };
    const seen = [(await ask("/", blocked)).status, (await ask("/", blocked)).status];
    for (let key = 0; key < 10_000; key++) await store.increment(`fresh ${key}`);
    expect([...seen, (await ask("/", blocked)).status]).toEqual([200, 429, 429]);
    expect(store.current.size + store.previous.size).toBeLessThanOrEqual(1_000);
  });

  it("starts no timer, and keeps nobody who was not seen for two windows", async () => {
    const store = new ours.MemoryStore();
    vi.useFakeTimers({ now: 0 });
    ours.rateLimit({ store, windowMs: 1_000, validate: false });
    await store.increment("gone");
    await store.increment("gone");
    await store.decrement("gone");
    await store.decrement("never there");
    vi.setSystemTime(1_000);
    await store.increment("here");
    vi.setSystemTime(2_000);
    await store.increment("here");
    expect([vi.getTimerCount(), [...store.current.keys(), ...store.previous.keys()]]).toEqual([
      0,
      ["here"],
    ]);
  });
});
