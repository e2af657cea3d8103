import { concurrency, createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { rateLimit, type RateLimitOptions, type RequestState } from "@sluice/hono";
import { rateLimiter } from "@sluice/hono/hono-rate-limiter";
import { Hono } from "hono";
import { describe, expect, expectTypeOf, it } from "vitest";

import { onNode } from "./app.ts";

const subject = (): { tenant: string } => ({ tenant: "acme" });
const rpm = slidingWindow({ name: "rpm", limit: 2, window: "1m", per: ["tenant"] });
const inflight = concurrency({ name: "inflight", limit: 2, per: ["tenant"] });
const one = [slidingWindow({ name: "one", limit: 1, window: "1m", per: ["ip"] })];

/** An app whose places in flight can be looked at. */
function inFlight(options: RateLimitOptions = {}) {
  const limiter = createLimiter({ limits: [inflight], store: memoryStore() });
  const app = new Hono();
  app.use(rateLimit({ limiter, subject, ...options }));
  return { app, used: () => limiter.peek({ tenant: "acme" }).limits[0]?.used };
}

describe("the Hono middleware", () => {
  it("needs no server: what a runtime gives is a request, what it takes a response", async () => {
    const app = new Hono();
    app.use(rateLimit({ limits: [rpm], subject }));
    app.get("/", (c) => c.text(String(c.var.rateLimit?.decision.allowed)));
    const first = await app.request("/");
    expect([await first.text(), first.headers.get("ratelimit")]).toEqual([
      "true",
      '"rpm";r=1;t=60',
    ]);
    await app.request("/");
    const refused = await app.request("/");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(refused.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  });

  it("decides behind a middleware that keeps something else as rateLimit, and says there what it decided", async () => {
    const app = new Hono();
    app.use(rateLimiter({ limit: 10, keyGenerator: () => "acme" }));
    app.use(rateLimit({ limits: [rpm], subject }));
    app.get("/", (c) => c.text(String(c.var.rateLimit?.decision.allowed)));
    const answers = [];
    for (let asked = 0; asked < 3; asked++) answers.push(await app.request("/"));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect([await answers[0]?.text(), answers[0]?.headers.get("ratelimit")]).toEqual([
      "true",
      '"rpm";r=1;t=60',
    ]);
  });

  it("has a typed variable", () => {
    type Own = { Variables: { own: string } };
    const app = new Hono<Own>();
    app.use(
      rateLimit<Own>({
        limits: [rpm],
        subject: (c) => {
          expectTypeOf(c.get("own")).toEqualTypeOf<string>();
          return subject();
        },
      }),
    );
    app.get("/", (c) => {
      expectTypeOf(c.get("rateLimit")).toEqualTypeOf<RequestState | undefined>();
      expectTypeOf(c.var.rateLimit).toEqualTypeOf<RequestState | undefined>();
      return c.text("ok");
    });
  });

  it("gives its headers to answers whose own cannot be changed, as those of a fetch", async () => {
    const { app } = inFlight();
    app.get("/redirect", () => Response.redirect("http://localhost/elsewhere"));
    const answer = await app.request("/redirect");
    expect([answer.status, answer.headers.get("ratelimit")]).toEqual([302, '"inflight";r=1']);
    expect(answer.headers.get("location")).toBe("http://localhost/elsewhere");
  });

  it("holds a place until the body has been read, or nobody wants it", async () => {
    const { app, used } = inFlight();
    app.get("/", (c) =>
      c.body(
        ReadableStream.from(
          ["one", "two"].map((text) => new TextEncoder().encode(text)),
        ) as ReadableStream,
      ),
    );
    app.get("/none", (c) => c.body(null, 204));
    const read = await app.request("/");
    expect(used()).toBe(1);
    expect(await read.text()).toBe("onetwo");
    expect(used()).toBe(0);
    const left = await app.request("/");
    expect(used()).toBe(1);
    await left.body?.cancel();
    await expect.poll(used).toBe(0);
    await app.request("/none");
    await (await app.request("/nowhere")).text();
    expect(used()).toBe(0);
  });

  it("gives the place back of a handler that throws, and of a request that aborts", async () => {
    const { app, used } = inFlight();
    app.onError((_, c) => c.text("failed", 500));
    app.get("/fails", () => {
      throw new Error("for the test");
    });
    app.get("/throws", () => {
      throw "not even an error";
    });
    app.get("/hangs", async () => new Promise<Response>(() => {}));
    const failed = await app.request("/fails");
    expect([failed.status, await failed.text(), used()]).toEqual([500, "failed", 0]);
    await expect(async () => app.request("/throws")).rejects.toBe("not even an error");
    await expect.poll(used).toBe(0);
    const leaving = new AbortController();
    void app.request("/hangs", { signal: leaving.signal });
    await expect.poll(used).toBe(1);
    leaving.abort();
    await expect.poll(used).toBe(0);
    const late = await app.request("/fails", { signal: leaving.signal });
    expect([late.status, used()]).toEqual([499, 0]);
  });

  it.each([
    ["Bun", { requestIP: () => ({ address: "192.0.2.1" }) }],
    ["Bun, with its server inside", { server: { requestIP: () => ({ address: "192.0.2.1" }) } }],
    ["Deno", { remoteAddr: { hostname: "192.0.2.1" } }],
  ])("finds the client's address on %s", async (_, env) => {
    const app = new Hono();
    app.use(rateLimit({ limits: one }));
    app.get("/", (c) => c.text(c.var.rateLimit!.decision.limits[0]!.limit.name));
    expect((await app.request("/", {}, env)).status).toBe(200);
    expect((await app.request("/", {}, env)).status).toBe(429);
  });

  it("finds it where `connInfo` says, and warns of nothing then", async () => {
    const lines: string[] = [];
    const app = new Hono();
    app.use(
      rateLimit({
        limits: one,
        log: (line) => lines.push(line),
        connInfo: (c) => ({ remote: { address: c.req.header("x-forwarded-for") } }),
      }),
    );
    app.get("/", (c) => c.text("ok"));
    const statuses = [];
    for (const ip of ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) {
      statuses.push((await app.request("/", { headers: { "x-forwarded-for": ip } })).status);
    }
    expect([statuses, lines]).toEqual([[200, 200, 429], []]);
  });

  it("answers refusals as `onRefused` says, and what cannot be used with 400", async () => {
    const app = new Hono();
    app.use(
      rateLimit({
        limits: [rpm],
        subject: (c) => ({ tenant: c.req.header("x-tenant") }),
        onRefused: (c, { problem }) => c.json({ why: problem.limit }, 503),
      }),
    );
    app.get("/", (c) => c.text("ok"));
    const acme = { headers: { "x-tenant": "acme" } };
    await app.request("/", acme);
    await app.request("/", acme);
    const refused = await app.request("/", acme);
    expect([refused.status, await refused.json()]).toEqual([503, { why: "rpm" }]);
    expect((await app.request("/")).status).toBe(400);
  });

  it("composes with those of the apps around it", async () => {
    const store = memoryStore();
    const inner = new Hono().use(rateLimit({ limits: [rpm], subject, store }));
    inner.get("/", (c) => c.text("ok"));
    const app = new Hono().use(rateLimit({ limits: [inflight], subject, store }));
    app.route("/inner", inner);
    const answers = [];
    for (let asked = 0; asked < 3; asked++) {
      const answer = await app.request("/inner");
      await answer.text();
      answers.push([answer.status, answer.headers.get("ratelimit")]);
    }
    expect(answers).toEqual([
      [200, '"inflight";r=1, "rpm";r=1;t=60'],
      [200, '"inflight";r=1, "rpm";r=0;t=60'],
      [429, '"inflight";r=1, "rpm";r=0;t=60'],
    ]);
    expect(store.size().leases).toBe(0);
  });

  it("leaves the body of an answer on Node as it is", async () => {
    const limits = [inflight];
    const served = await onNode.serve({
      layers: [{ limits, subject }],
      routes: { "/": () => ({ body: "hello" }) },
    });
    const answer = await fetch(served.url);
    expect([answer.headers.get("content-length"), answer.headers.get("ratelimit")]).toEqual([
      "5",
      '"inflight";r=1',
    ]);
    await served.close();
  });
});
