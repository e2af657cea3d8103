import { memoryStore, slidingWindow } from "@sluice/core";
import { type PluginOptions, rateLimit } from "@sluice/fastify";
import fastify, { type FastifyInstance, type LightMyRequestResponse } from "fastify";
import { describe, expect, it, onTestFinished, vi } from "vitest";

const subject = (): { tenant: string } => ({ tenant: "acme" });
const limitOf = (name: string, limit: number) =>
  slidingWindow({ name, limit, window: "1m", per: ["tenant"] });
const options: PluginOptions = { limits: [limitOf("rpm", 2)], subject };

function newApp(): FastifyInstance {
  const app = fastify();
  onTestFinished(async () => app.close());
  return app;
}

async function statuses(app: FastifyInstance, url: string, times: number): Promise<number[]> {
  const all = [];
  for (let asked = 0; asked < times; asked++) all.push((await app.inject(url)).statusCode);
  return all;
}

const remaining = ({ headers }: LightMyRequestResponse): unknown => headers["ratelimit"];

describe("the Fastify plugin", () => {
  it("holds in the context that registers it and those within, and nowhere else", async () => {
    const app = newApp();
    await app.register(async (limited) => {
      await limited.register(rateLimit, options);
      limited.get("/limited", () => "ok");
      await limited.register(async (inner) => void inner.get("/inner", () => "ok"));
    });
    app.get("/free", () => "ok");
    expect(await statuses(app, "/free", 4)).toEqual([200, 200, 200, 200]);
    expect(await statuses(app, "/limited", 1)).toEqual([200]);
    expect(await statuses(app, "/inner", 2)).toEqual([200, 429]);
    expect(await statuses(app, "/free", 1)).toEqual([200]);
  });

  it("limits all routes of an app that registers it, whether they come before or after, and 404s", async () => {
    const app = newApp();
    app.get("/before", () => "ok");
    await app.register(rateLimit, { ...options, limits: [limitOf("rpm", 3)] });
    app.get("/after", () => "ok");
    expect(await statuses(app, "/before", 1)).toEqual([200]);
    expect(await statuses(app, "/after", 1)).toEqual([200]);
    expect(await statuses(app, "/nowhere", 2)).toEqual([404, 429]);
  });

  it("has its headers where Fastify keeps those of a reply, also for one that is sent by hand", async () => {
    const app = newApp();
    await app.register(rateLimit, options);
    app.get("/", (_request, reply) => {
      reply.header("x-seen", reply.getHeader("ratelimit"));
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        reply.raw.setHeader(name, value ?? "");
      }
      reply.raw.end("ok");
    });
    const answer = await app.inject("/");
    expect([remaining(answer), answer.headers["x-seen"]]).toEqual([
      '"rpm";r=1;t=60',
      '"rpm";r=1;t=60',
    ]);
  });

  it("leaves a route alone that says `rateLimit: false`", async () => {
    const app = newApp();
    await app.register(rateLimit, options);
    app.get("/health", { config: { rateLimit: false } }, () => "ok");
    expect(await statuses(app, "/health", 4)).toEqual([200, 200, 200, 200]);
  });

  it("gives a route its own limits, or another cost under the common ones", async () => {
    const app = newApp();
    await app.register(rateLimit, options);
    app.get("/", () => "ok");
    app.get("/own", { config: { rateLimit: { limits: [limitOf("own", 1)] } } }, () => "ok");
    app.get("/dear", { config: { rateLimit: { cost: () => ({ requests: 2 }) } } }, () => "ok");
    expect(await statuses(app, "/own", 2)).toEqual([200, 429]);
    expect(await statuses(app, "/dear", 2)).toEqual([200, 429]);
    expect(await statuses(app, "/", 1)).toEqual([429]);
  });

  it("counts a route that only costs more with the others, also by the default limits, and says so once", async () => {
    const app = newApp();
    const lines: string[] = [];
    await app.register(rateLimit, { log: (line) => lines.push(line) });
    app.get("/", () => "ok");
    app.get("/dear", { config: { rateLimit: { cost: () => ({ requests: 59 }) } } }, () => "ok");
    expect(await statuses(app, "/dear", 2)).toEqual([200, 429]);
    expect(await statuses(app, "/", 2)).toEqual([200, 429]);
    expect(lines).toEqual([expect.stringContaining("in this process's memory")]);
  });

  it("limits only the routes that ask for it when it is not global", async () => {
    const app = newApp();
    await app.register(rateLimit, { ...options, global: false });
    app.get("/", () => "ok");
    app.get("/limited", { config: { rateLimit: {} } }, () => "ok");
    expect(await statuses(app, "/", 4)).toEqual([200, 200, 200, 200]);
    expect(await statuses(app, "/limited", 3)).toEqual([200, 200, 429]);
  });

  it("is a hook for single routes, and for what is not found", async () => {
    const app = newApp();
    await app.register(rateLimit, { ...options, global: false });
    app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) =>
      reply.code(404).send("none"),
    );
    app.get(
      "/strict",
      { preHandler: app.rateLimit({ limits: [limitOf("strict", 1)] }) },
      (request) => request.rateLimit?.decision.limits[0]?.limit.name,
    );
    expect((await app.inject("/strict")).body).toBe("strict");
    expect(await statuses(app, "/strict", 1)).toEqual([429]);
    expect(await statuses(app, "/nowhere", 3)).toEqual([404, 404, 429]);
  });

  it("charges a request once that meets it as a plugin and as a hook", async () => {
    const app = newApp();
    await app.register(rateLimit, options);
    app.get("/", { preHandler: app.rateLimit() }, () => "ok");
    expect(remaining(await app.inject("/"))).toBe('"rpm";r=1;t=60');
  });

  it("composes when it is registered twice", async () => {
    const app = newApp();
    const store = memoryStore();
    await app.register(rateLimit, { ...options, store });
    await app.register(rateLimit, { ...options, store, limits: [limitOf("second", 1)] });
    app.get("/", () => "ok");
    const first = await app.inject("/");
    expect(remaining(first)).toBe('"rpm";r=1;t=60, "second";r=0;t=60');
    expect(await statuses(app, "/", 2)).toEqual([429, 429]);
    expect(store.size().leases).toBe(0);
  });

  it("answers through Fastify: its hooks see a refusal, and `onRefused` may answer otherwise", async () => {
    const app = newApp();
    const sent: number[] = [];
    app.addHook("onSend", async (_request, reply) => void sent.push(reply.statusCode));
    await app.register(rateLimit, {
      ...options,
      onRefused: (_request, reply, { problem }) => reply.code(503).send({ why: problem.limit }),
    });
    app.get("/", () => "ok");
    expect(await statuses(app, "/", 2)).toEqual([200, 200]);
    const refused = await app.inject("/");
    expect([refused.statusCode, refused.json()]).toEqual([503, { why: "rpm" }]);
    expect(sent).toEqual([200, 200, 503]);
  });

  it("decides after the body is there when a cost may want it, else before", async () => {
    const app = newApp();
    const order: string[] = [];
    app.addHook("preParsing", async () => void order.push("parsing"));
    const cost = vi.fn<() => { requests: number }>(() => {
      order.push("cost");
      return { requests: 1 };
    });
    await app.register(rateLimit, { ...options, cost });
    await app.register(async (early) => {
      await early.register(rateLimit, {
        limits: [limitOf("early", 1)],
        subject: () => {
          order.push("early");
          return subject();
        },
        hook: "onRequest",
      });
      early.get("/", () => "ok");
    });
    await app.inject("/");
    expect(order).toEqual(["early", "parsing", "cost"]);
  });

  it("says at once, at start, what is wrong with its options or a route's", async () => {
    const app = newApp();
    void app.register(rateLimit, { limits: [limitOf("rpm", 2)] });
    await expect(async () => app.ready()).rejects.toThrow(
      'subject must be given, as limit "rpm" is per "tenant"',
    );
    const other = newApp();
    await other.register(rateLimit, options);
    expect(() =>
      other.get("/", { config: { rateLimit: { hook: "onRequest" } as never } }, () => "ok"),
    ).toThrow('got "hook"');
  });
});
