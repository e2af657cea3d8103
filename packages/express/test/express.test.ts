import { EventEmitter, once } from "node:events";
import { get } from "node:http";

import {
  type AsyncStore,
  concurrency,
  createLimiter,
  type Cost,
  memoryStore,
  type MemoryStore,
  type Problem,
  slidingWindow,
} from "@sluice/core";
import { wait } from "@sluice/core/http";
import { manualClock } from "@sluice/core/testing";
import { rateLimit } from "@sluice/express";
import { rateLimit as dropIn } from "@sluice/express/express-rate-limit";
import express5 from "express";
import express4 from "express4";
import { describe, expect, it, vi } from "vitest";

import { later } from "./later.ts";
import { serve } from "./serve.ts";

const rpm = slidingWindow({ name: "rpm", limit: 3, window: "1m", per: ["tenant"] });
const tpm = slidingWindow({
  name: "tpm",
  limit: 100,
  window: "1m",
  unit: "tokens",
  per: ["tenant"],
});
const inflight = concurrency({ name: "inflight", limit: 2, per: ["tenant"] });

const single = slidingWindow({ name: "once", limit: 1, window: "1m", per: ["tenant"] });

const subject = (req: express5.Request): { tenant: string | undefined } => ({
  tenant: req.get("x-tenant"),
});
const cost = (req: express5.Request): Cost => ({ tokens: Number(req.get("x-tokens") ?? 10) });
const acme = { "x-tenant": "acme" };

describe.each([
  ["Express 5", express5],
  ["Express 4", express4],
])("rateLimit on %s", (_, express) => {
  it("limits each client address to 60 a minute without options, and says so in one line", async () => {
    const log = vi.spyOn(console, "info").mockImplementation(() => {});
    const app = express();
    app.set("trust proxy", true);
    app.use(rateLimit());
    app.get("/", (req, res) => void res.send("hello"));
    expect(log.mock.calls).toEqual([
      [
        "sluice: no limits given, so 60 requests a minute for each client address, counted in this process's memory",
      ],
    ]);
    log.mockRestore();
    const ask = await serve(app);
    const from = { "x-forwarded-for": "203.0.113.9" };
    const first = await ask("/", from);
    expect([first.status, first.body]).toEqual([200, "hello"]);
    expect(first.headers).toMatchObject({
      "ratelimit-policy": ['"default";q=60;w=60'],
      ratelimit: ['"default";r=59;t=60'],
    });
    for (let asked = 1; asked < 60; asked++) expect((await ask("/", from)).status).toBe(200);
    const refused = await ask("/", from);
    expect(refused.status).toBe(429);
    expect(refused.headers["ratelimit"]?.[0]).toMatch(/^"default";r=0;t=(60|5\d)$/);
    expect(refused.headers["retry-after"]?.[0]).toMatch(/^(60|5\d)$/);
    expect((await ask("/", { "x-forwarded-for": "203.0.113.10" })).status).toBe(200);
  });

  it("counts an IPv6 client by its /64, a mapped IPv4 as IPv4, and nobody by a forged header", async () => {
    const limits = [slidingWindow({ name: "one", limit: 1, window: "1m", per: ["ip"] })];
    const proxied = express().set("trust proxy", true).use(rateLimit({ limits }));
    const direct = express().use(rateLimit({ limits }));
    for (const app of [proxied, direct]) app.use((req, res) => void res.send("ok"));
    const askProxied = await serve(proxied);
    const statuses = [];
    for (const ip of [
      "2001:db8::1",
      "2001:db8::ffff:2",
      "2001:db8:0:1::1",
      "192.0.2.1",
      "::ffff:192.0.2.1",
    ]) {
      statuses.push((await askProxied("/", { "x-forwarded-for": ip })).status);
    }
    expect(statuses).toEqual([200, 429, 200, 200, 429]);
    const askDirect = await serve(direct);
    expect((await askDirect("/", { "x-forwarded-for": "198.51.100.1" })).status).toBe(200);
    expect((await askDirect("/", { "x-forwarded-for": "198.51.100.2" })).status).toBe(429);
  });

  it("refuses with a body that alone says what, whom and when", async () => {
    const { ask, clock } = await limited(express, { limits: [rpm, tpm] });
    await ask("/", acme);
    await ask("/", { ...acme, "x-tokens": "80" });
    clock.advance(1_500);
    const refused = await ask("/", { ...acme, "x-tokens": "30" });
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({
      "content-type": ["application/problem+json; charset=utf-8"],
      "ratelimit-policy": ['"rpm";q=3;w=60, "tpm";q=100;qu="tokens";w=60'],
      ratelimit: ['"rpm";r=1;t=59, "tpm";r=10;t=59'],
      "retry-after": ["59"],
    });
    expect(JSON.parse(refused.body)).toEqual({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Request cannot be satisfied as assigned quota has been exceeded",
      status: 429,
      detail: '"tpm" allows 100 tokens: try again in 59 s',
      "violated-policies": ["tpm"],
      limit: "tpm",
      scope: ["tenant"],
      unit: "tokens",
      retryAfter: 59,
      retryable: true,
    } satisfies Problem);
  });

  it("lets a client in that waits as long as Retry-After says", async () => {
    const { ask, clock } = await limited(express, { limits: [tpm] });
    await ask("/", { ...acme, "x-tokens": "100" });
    clock.advance(12_345);
    const refused = await ask("/", acme);
    expect(refused.status).toBe(429);
    clock.advance(Number(refused.headers["retry-after"]?.[0]) * 1000);
    expect((await ask("/", acme)).status).toBe(200);
  });

  it("says that what never fits is not worth a retry", async () => {
    const { ask } = await limited(express, { limits: [tpm] });
    const refused = await ask("/", { ...acme, "x-tokens": "101" });
    expect([refused.status, refused.headers["retry-after"]]).toEqual([429, undefined]);
    expect(JSON.parse(refused.body)).toMatchObject({ retryable: false, limit: "tpm" });
  });

  it("settles at what the handler says, else at the estimate", async () => {
    const { ask, used } = await limited(express, { limits: [tpm] });
    await ask("/settle", { ...acme, "x-tokens": "90" });
    expect(used()).toEqual([7]);
    await ask("/", { ...acme, "x-tokens": "20" });
    expect(used()).toEqual([27]);
  });

  it("charges an aborted stream what it streamed, and gives its place back", async () => {
    const { url, store, used, streaming } = await limited(express, { limits: [tpm, inflight] });
    const client = get(`${url}/stream`, { headers: { ...acme, "x-tokens": "90" } });
    client.on("error", () => {});
    await once(client, "response");
    expect(used()).toEqual([90, 1]);
    client.destroy();
    await streaming.closed;
    expect(used()).toEqual([streaming.sent, 0]);
    expect(store.size().leases).toBe(0);
  });

  it("ends the lease of a handler that fails", async () => {
    const { ask, store, used } = await limited(express, { limits: [tpm, inflight] });
    expect((await ask("/fail", acme)).status).toBe(500);
    expect(used()).toEqual([10, 0]);
    expect(store.size().leases).toBe(0);
  });

  it("answers 400 to a subject or a cost that cannot be used, and charges nothing", async () => {
    const { ask, used } = await limited(express, { limits: [tpm] });
    for (const headers of [
      {},
      { "x-tenant": "x".repeat(257) },
      { ...acme, "x-tokens": "-1" },
      { ...acme, "x-tokens": "1e99" },
      { ...acme, "x-tokens": "many" },
    ]) {
      expect((await ask("/", headers)).status).toBe(400);
    }
    expect(used()).toEqual([0]);
  });

  it("has the headers of every limiter that a request meets", async () => {
    const app = express();
    const store = memoryStore();
    app.use(
      rateLimit({ limits: [rpm], store, subject }),
      rateLimit({ limits: [inflight], store, subject }),
    );
    app.use((req, res) => void res.send(String(req.rateLimit?.decision.limits[0]?.limit.name)));
    const { headers, body } = await (await serve(app))("/", acme);
    expect(headers["ratelimit-policy"]).toEqual([
      '"rpm";q=3;w=60, "inflight";q=2;qu="concurrent-requests"',
    ]);
    expect(headers["ratelimit"]).toEqual(['"rpm";r=2;t=60, "inflight";r=1']);
    expect(body).toBe("inflight");
    expect(store.size().leases).toBe(0);
  });

  it("waits for a store that promises, and passes its failure on", async () => {
    const store: AsyncStore = { ...later(memoryStore()), settle: lost };
    const broken: AsyncStore = { ...store, reserve: lost };
    const app = express();
    app.use("/works", rateLimit({ limits: [rpm], store, subject }));
    app.use("/broken", rateLimit({ limits: [rpm], store: broken, subject }));
    app.use((req, res) => void res.send("ok"));
    const ask = await serve(quiet(app));
    const statuses = [];
    for (const path of ["/works", "/works", "/works", "/works", "/broken"]) {
      statuses.push((await ask(path, acme)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 500]);
  });

  it("does not start work for a client that has left, and gives back what it reserved", async () => {
    const gone = new EventEmitter();
    const memory = memoryStore();
    const left = once(gone, "left");
    const store: AsyncStore = {
      ...later(memory),
      reserve: async (claims, lease) => {
        gone.emit("asked");
        await left;
        return memory.reserve(claims, lease);
      },
      settle: async (claims, settlement) => {
        gone.emit("ended", settlement.unreported);
        return memory.settle(claims, settlement);
      },
    };
    const app = express();
    let handled = 0;
    app.use((_req, res, next) => {
      res.once("close", () => gone.emit("left"));
      next();
    });
    app.use(rateLimit({ limits: [inflight], store, subject }));
    app.use((_req, res) => {
      handled++;
      res.send("too late");
    });
    const { url } = await serve(app);
    const [asked, ended] = [once(gone, "asked"), once(gone, "ended")];
    const client = get(url, { headers: acme }).on("error", () => {});
    await asked;
    client.destroy();
    expect(await ended).toEqual(["nothing"]);
    expect([handled, memory.size().leases]).toEqual([0, 0]);
  });

  it("gives back what an outer limiter reserved when an inner one refuses", async () => {
    const { store, used, app, ask } = await nested(express, [tpm], [single]);
    app.get("/", (_req, res) => void res.send("ok"));
    const statuses = [];
    for (let asked = 0; asked < 4; asked++) statuses.push((await ask("/", acme)).status);
    expect(statuses).toEqual([200, 429, 429, 429]);
    expect(used()).toEqual([10]);
    expect(store.size().leases).toBe(0);
  });

  it("gives back what an outer limiter reserved when an inner one cannot decide", async () => {
    const store = memoryStore({ clock: manualClock() });
    const app = express();
    app.use(rateLimit({ limits: [rpm], store, subject }));
    app.use(rateLimit({ limits: [tpm], store, subject, cost }));
    const ask = await serve(quiet(app));
    expect((await ask("/", { ...acme, "x-tokens": "-1" })).status).toBe(400);
    const probe = createLimiter({ limits: [rpm], store });
    expect(probe.check({ tenant: "acme" }, { requests: 4 }).limits[0]?.used).toBe(0);
  });

  it("leaves both leases as they were when usage makes no sense to one of two limiters", async () => {
    const { used, app, ask } = await nested(express, [rpm], [tpm]);
    app.get("/", (req, res) => {
      expect(() => req.rateLimit?.lease?.settle({ tokens: 1.5 })).toThrow(
        "non-negative safe integer",
      );
      res.json(req.rateLimit?.lease?.settle({ tokens: 1 }));
    });
    const { body } = await ask("/", acme);
    expect(JSON.parse(body)).toMatchObject({ applied: true, holds: true });
    expect(used()).toEqual([1]);
  });

  it("charges what a handler reports to every limiter that the request met", async () => {
    const { used, app, ask } = await nested(express, [tpm], [inflight]);
    app.get("/", (req, res) => {
      void req.rateLimit?.lease?.extend({ tokens: 20 });
      void req.rateLimit?.lease?.settle({ tokens: 30 });
      res.send("ok");
    });
    await ask("/", acme);
    expect(used()).toEqual([30]);
  });

  it("ends both leases with the block that uses them", async () => {
    const { store, used, app, ask } = await nested(express, [tpm], [inflight]);
    app.get("/", (req, res) => {
      void req.rateLimit?.lease?.extend({ tokens: 4 });
      req.rateLimit?.lease?.[Symbol.dispose]();
      res.json(store.size().leases);
    });
    expect((await ask("/", acme)).body).toBe("0");
    expect(used()).toEqual([4]);
  });

  it("ends what a request reserves that onRefused lets go on", async () => {
    const store = memoryStore();
    const app = express();
    app.use(rateLimit({ limits: [single], subject, onRefused: (_q, _s, _r, next) => next() }));
    app.use(rateLimit({ limits: [inflight], store, subject }));
    app.get("/", (_req, res) => void res.send("ok"));
    const ask = await serve(app);
    const statuses = [];
    for (let asked = 0; asked < 5; asked++) statuses.push((await ask("/", acme)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    await expect.poll(() => store.size().leases).toBe(0);
  });

  it("leaves no rejection behind when both of two stores fail", async () => {
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on("unhandledRejection", unhandled);
    const outer: AsyncStore = { ...later(memoryStore()), extend: lost, settle: lost };
    let isBroken = false;
    const inner = memoryStore({ clock: () => (isBroken ? Number.NaN : 0) });
    const app = express();
    app.use(rateLimit({ limits: [rpm], store: outer, subject }));
    app.use(rateLimit({ limits: [tpm], store: inner, subject, cost }));
    app.use((req, res) => {
      isBroken = true;
      expect(() => req.rateLimit?.lease?.settle()).toThrow("clock");
      res.send("ok");
    });
    expect((await (await serve(app))("/", acme)).body).toBe("ok");
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("decides behind a middleware that keeps something else on req.rateLimit, and says there what it decided", async () => {
    const limiter = createLimiter({ limits: [rpm], store: memoryStore() });
    const app = express().use(dropIn({ limit: 10 }), rateLimit({ limiter, subject }));
    app.get("/", (req, res) => void res.json(req.rateLimit?.decision.allowed));
    const ask = await serve(app);
    const answers = [];
    for (let asked = 0; asked < 4; asked++) answers.push(await ask("/", acme));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[0]).toMatchObject({
      body: "true",
      headers: { "x-ratelimit-limit": ["10"], ratelimit: ['"rpm";r=2;t=60'] },
    });
  });

  it("leaves what another keeps on req.rateLimit to a request that it skips", async () => {
    const app = express().use(dropIn({ limit: 10 }), rateLimit({ log() {}, skip: () => true }));
    app.get("/", (req, res) => void res.json(Object.keys(req.rateLimit ?? {})));
    const ask = await serve(app);
    expect(JSON.parse((await ask()).body)).toContain("remaining");
  });

  it("may stand twenty times in one app", async () => {
    const warned = vi.fn<(warning: Error) => void>();
    process.on("warning", warned);
    const app = express();
    const store = memoryStore();
    for (let count = 0; count < 20; count++) {
      const limit = slidingWindow({ name: `limit-${count}`, limit: 2, window: "1m", per: [] });
      app.use(rateLimit({ limits: [limit], store }));
    }
    app.use((_req, res) => void res.send("ok"));
    const ask = await serve(app);
    const statuses = [(await ask()).status, (await ask()).status, (await ask()).status];
    expect(statuses).toEqual([200, 200, 429]);
    expect(store.size().leases).toBe(0);
    process.off("warning", warned);
    expect(warned).not.toHaveBeenCalled();
  });

  it("answers 500 when the app is wrong, not the request", async () => {
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on("unhandledRejection", unhandled);
    const app = express();
    app.use("/async", rateLimit({ limits: [rpm], subject: lost as unknown as typeof subject }));
    app.use("/throws", rateLimit({ limits: [rpm], subject: () => JSON.parse("}") }));
    app.use(
      "/clock",
      rateLimit({ limits: [rpm], subject, store: memoryStore({ clock: () => 0.5 }) }),
    );
    const ask = await serve(quiet(app));
    for (const path of ["/async", "/throws", "/clock"]) {
      expect([path, (await ask(path, acme)).status]).toEqual([path, 500]);
    }
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("survives a store that fails as the response ends", async () => {
    let hasEnded = false;
    const clock = (): number => (hasEnded ? Number.NaN : 0);
    const app = express();
    app.use(rateLimit({ limits: [rpm], subject, store: memoryStore({ clock }) }));
    app.use((_req, res) => {
      hasEnded = true;
      res.send("ok");
    });
    const ask = await serve(quiet(app));
    expect((await ask("/", acme)).status).toBe(200);
    expect((await ask("/", acme)).status).toBe(500);
  });

  it("leaves the decision on a refused request too, for those who log", async () => {
    const app = express();
    const seen: unknown[] = [];
    app.use((req, res, next) => {
      res.once("finish", () => seen.push(req.rateLimit?.decision.allowed, req.rateLimit?.lease));
      next();
    });
    app.use(rateLimit({ limits: [tpm], subject, cost }));
    await (
      await serve(app)
    )("/", { ...acme, "x-tokens": "101" });
    expect(seen).toEqual([false, undefined]);
  });

  it("answers 503 when the store has no room", async () => {
    const { ask } = await limited(express, { limits: [rpm], maxKeys: 1 });
    // More than half full, so that its count is not forgotten for another.
    expect((await ask("/", acme)).status).toBe(200);
    expect((await ask("/", acme)).status).toBe(200);
    const refused = await ask("/", { "x-tenant": "other" });
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, undefined]);
    expect(JSON.parse(refused.body)).toMatchObject({
      type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
      retryable: true,
    });
  });
});

describe("a meter", () => {
  it("charges a stream that is left before its first event the prompt alone", async () => {
    const store = memoryStore({ clock: manualClock() });
    const app = express5();
    const closed = new EventEmitter();
    app.use(
      rateLimit({
        limits: [tpm],
        store,
        subject,
        cost: () => ({ tokens: 90, inputTokens: 5 }),
        meter: "auto",
      }),
    );
    app.use((req, res) => {
      req.rateLimit?.signal.addEventListener("abort", () => closed.emit("aborted"));
      res.type("text/event-stream").flushHeaders();
    });
    const { url } = await serve(app);
    const aborted = once(closed, "aborted");
    const client = get(url, { headers: acme }).on("error", () => {});
    await once(client, "response");
    client.destroy();
    await aborted;
    await new Promise((resolve) => setImmediate(resolve));
    const probe = createLimiter({ limits: [tpm], store });
    expect(probe.peek({ tenant: "acme" }, { tokens: 0 }).limits[0]?.used).toBe(5);
    expect(store.size().leases).toBe(0);
  });
});

describe("onRefused of rateLimit", () => {
  it("answers in the app's own way, with the headers set", async () => {
    const app = express5().set("env", "test");
    app.use(
      rateLimit({
        limits: [single],
        subject,
        onRefused: (req, res, { decision, status }) =>
          res.status(status).json({ for: req.get("x-tenant"), why: decision.reason }),
      }),
    );
    app.use((_req, res) => void res.send("ok"));
    const ask = await serve(app);
    await ask("/", acme);
    const refused = await ask("/", acme);
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({
      ratelimit: ['"once";r=0;t=60'],
      "retry-after": ["60"],
    });
    expect(JSON.parse(refused.body)).toEqual({ for: "acme", why: "over-limit" });
  });

  it.each([
    ["throws", () => JSON.parse("}")],
    ["rejects", lost],
  ])("that %s is the app's error", async (_, onRefused) => {
    const app = express5().set("env", "test");
    app.use(rateLimit({ limits: [single], subject, onRefused }));
    app.use((_req, res) => void res.send("ok"));
    const ask = await serve(app);
    expect((await ask("/", acme)).status).toBe(200);
    expect((await ask("/", acme)).status).toBe(500);
  });

  it("may be the next handler", async () => {
    const app = express5();
    app.use(rateLimit({ limits: [single], subject, onRefused: (_req, _res, _, next) => next() }));
    app.use((req, res) => void res.send(String(req.rateLimit?.decision.allowed)));
    const ask = await serve(app);
    expect([(await ask("/", acme)).body, (await ask("/", acme)).body]).toEqual(["true", "false"]);
  });

  it("that waits holds a request back until it is allowed", async () => {
    const limit = slidingWindow({ name: "brief", limit: 1, window: 100, per: ["tenant"] });
    const app = express5();
    app.use(rateLimit({ limits: [limit], subject, onRefused: wait({ maxMs: "5s" }) }));
    app.use((_req, res) => void res.send("ok"));
    const ask = await serve(app);
    const answers = await Promise.all([ask("/", acme), ask("/", acme), ask("/", acme)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe("options of rateLimit", () => {
  const limiter = createLimiter({ limits: [rpm], store: memoryStore() });
  it.each([
    [
      "an unknown name",
      { limit: 5 },
      'rateLimit: option must be one of limits, limiter, store, subject, subnet, cost, meter, hard, onOverrun, headers, onRefused, skip, observe, id, deadline, log, got "limit"',
    ],
    ["no object", null, "rateLimit: options must be an object, got null"],
    [
      "limits that are none",
      { limits: [] },
      "createLimiter: limits must be an array of 1 to 32 limits, got an array of 0",
    ],
    [
      "limits beside a limiter",
      { limiter, limits: [rpm] },
      "rateLimit: limits must be left out beside limiter, got an array of 1",
    ],
    [
      "a store beside a limiter",
      { limiter, store: memoryStore() },
      "rateLimit: store must be left out beside limiter, got an object",
    ],
    [
      "a limiter that is none",
      { limiter: {} },
      "rateLimit: limiter must be a limiter, got an object",
    ],
    [
      "a subject that is no function",
      { limits: [rpm], subject: "ip" },
      'rateLimit: subject must be a function, got "ip"',
    ],
    [
      "no subject where one is needed",
      { limits: [rpm] },
      'rateLimit: subject must be given, as limit "rpm" is per "tenant", got undefined',
    ],
    [
      "no cost where one is needed",
      { limits: [tpm], subject },
      'rateLimit: cost must be given, as limit "tpm" counts "tokens", got undefined',
    ],
    [
      "a store that is none",
      { limits: [rpm], subject, store: {} },
      "createLimiter: store must be a store, got an object",
    ],
    [
      "a subject for nothing",
      { subject },
      "rateLimit: limits must be given beside subject: the default limits addresses, got undefined",
    ],
    ["a log that is no function", { log: true }, "rateLimit: log must be a function, got true"],
    ["a skip that is no function", { skip: true }, "rateLimit: skip must be a function, got true"],
    ["an id that is none", { id: "x" }, 'rateLimit: id must be a function or false, got "x"'],
    [
      "an unknown form of headers",
      { headers: ["draft-11", "draft-3"] },
      'rateLimit: headers must be false or of draft-11, draft-8, draft-7, draft-6, legacy, provider, got "draft-3"',
    ],
    [
      "an answer that is none",
      { onRefused: 429 },
      "rateLimit: onRefused must be a function or wait(), got 429",
    ],
    [
      "an unknown format to meter",
      { meter: "acme" },
      'rateLimit: meter must be false, "auto" or one of openai, openai-responses, azure, anthropic, gemini, mistral, groq, cohere, bedrock, got "acme"',
    ],
    [
      "a step of nothing",
      { meter: { step: 0 } },
      "rateLimit: meter: step must be a positive integer, got 0",
    ],
    [
      "a price that is no function",
      { meter: { cost: 5 } },
      "rateLimit: meter: cost must be a function, got 5",
    ],
    [
      "hard without a meter",
      { hard: true },
      "rateLimit: hard must be left out without a meter, got true",
    ],
    [
      "a subnet that is none",
      { subnet: 129 },
      "rateLimit: subnet must be an integer from 32 to 128, got 129",
    ],
    [
      "a subnet for a subject of its own",
      { limits: [rpm], subject, subnet: 64 },
      "rateLimit: subnet must be left out beside subject, got 64",
    ],
    [
      "an observe beside a limiter",
      { limiter, observe: true },
      "rateLimit: observe must be left out beside limiter, got true",
    ],
    ["an observe that is none", { observe: 1 }, "rateLimit: observe must be a boolean, got 1"],
    [
      "a deadline that is none",
      { deadline: "soon" },
      'rateLimit: deadline must be a positive duration of at most ten years, as 60000 or "1m", got "soon"',
    ],
  ])("names %s", (_, options, message) => {
    expect(() => rateLimit(options as Parameters<typeof rateLimit>[0])).toThrow(
      expect.objectContaining({ code: "invalid-option", message }),
    );
  });
});

async function lost(): Promise<never> {
  throw new Error("lost");
}

/** An app behind `rateLimit`, with a handler for each way a response can end. */
async function limited(
  express: typeof express5,
  {
    limits,
    maxKeys = 100,
  }: { limits: Parameters<typeof createLimiter>[0]["limits"]; maxKeys?: number },
) {
  const clock = manualClock();
  const store: MemoryStore = memoryStore({ clock, maxKeys });
  const app = express();
  const streaming = { sent: 0, closed: new Promise<void>(() => {}) };
  app.use(rateLimit({ limits, store, subject, cost }));
  app.get("/settle", (req, res) => {
    void req.rateLimit?.lease?.settle({ tokens: 7 });
    res.send("settled");
  });
  app.get("/fail", () => {
    throw new Error("no");
  });
  app.get("/stream", (req, res) => {
    const timer = setInterval(() => {
      streaming.sent += 3;
      void req.rateLimit?.lease?.extend({ tokens: 3 });
      res.write("three tokens\n");
    }, 1);
    streaming.closed = once(res, "close").then(() => clearInterval(timer));
  });
  app.use((req, res) => void res.send("ok"));
  const ask = await serve(quiet(app));
  const probe = createLimiter({ limits, store });
  const used = (): number[] =>
    probe
      .check({ tenant: "acme" }, { requests: 1e6, tokens: 1e6, inflight: 1e6 })
      .limits.map((state) => state.used);
  return { ask, url: ask.url, store, clock, used, streaming };
}

/** An app with one limiter inside another; `used` is what the outer one's limits are charged. */
async function nested(
  express: typeof express5,
  outer: Parameters<typeof createLimiter>[0]["limits"],
  inner: Parameters<typeof createLimiter>[0]["limits"],
) {
  const store = memoryStore({ clock: manualClock() });
  const app = express();
  app.use(rateLimit({ limits: outer, store, subject, cost }));
  app.use(rateLimit({ limits: inner, store, subject, cost }));
  const probe = createLimiter({ limits: outer, store });
  const used = (): number[] =>
    probe
      .check({ tenant: "acme" }, { requests: 1e6, tokens: 1e6 })
      .limits.map((state) => state.used);
  return { store, app, used, ask: await serve(app) };
}

/** Keeps Express from printing the errors that a test provokes. */
function quiet(app: express5.Express): express5.Express {
  return app.set("env", "test");
}
