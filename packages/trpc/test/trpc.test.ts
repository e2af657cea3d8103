import { getEventListeners, once } from "node:events";
import type { AddressInfo } from "node:net";

import { type AsyncStore, concurrency, memoryStore, slidingWindow } from "@sluice/core";
import { wait } from "@sluice/core/http";
import { formatRefusal, rateLimit, refusalOf, type RequestState } from "@sluice/trpc";
import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  TRPCClientError,
} from "@trpc/client";
import { initTRPC, TRPCError } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { describe, expect, it, onTestFinished } from "vitest";

import { type Context, counted, rpm, serve } from "./serve.ts";

const subject = ({ ctx }: { ctx: Context }): { tenant: string } => ({ tenant: ctx.tenant });
const t = initTRPC.context<Context>().create({ errorFormatter: formatRefusal });
const inflight = concurrency({ name: "inflight", limit: 2, per: ["tenant"] });
const tpm = slidingWindow({
  name: "tpm",
  limit: 100,
  unit: "tokens",
  window: "1m",
  per: ["tenant"],
});

describe("rateLimit on tRPC", () => {
  it("lets calls pass until they are too many, and says so in tRPC's own way, with the decision as data", async () => {
    const { limiter, used, store } = counted();
    const limited = t.procedure.use(rateLimit({ limiter, subject }));
    const router = t.router({ hello: limited.query(({ ctx }) => ctx.rateLimit?.decision.allowed) });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
    for (let asked = 0; asked < 3; asked++) expect(await client.hello.query()).toBe(true);
    const refused: unknown = await client.hello.query().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TRPCClientError);
    expect((refused as TRPCClientError<typeof router>).data).toMatchObject({
      code: "TOO_MANY_REQUESTS",
      httpStatus: 429,
      rateLimit: {
        limit: "rpm",
        scope: ["tenant"],
        unit: "requests",
        retryAfter: 60,
        retryable: true,
      },
    });
    expect([used(), store.size().leases]).toEqual([[3], 0]);
  });

  it("decides where the context has something else as rateLimit", async () => {
    const own = initTRPC.context<{ rateLimit: { limit: number } }>().create();
    const limits = [slidingWindow({ name: "one", limit: 1, window: "1m", per: ["tenant"] })];
    const limited = own.procedure.use(rateLimit({ limits, subject: () => ({ tenant: "acme" }) }));
    const router = own.router({
      hello: limited.query(({ ctx }) => ctx.rateLimit?.decision.allowed),
    });
    const caller = router.createCaller({ rateLimit: { limit: 10 } });
    expect(await caller.hello()).toBe(true);
    await expect(caller.hello()).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
  });

  it("listens to the call's signal only where the end changes something, or somebody asks", async () => {
    const { signal } = new AbortController();
    const listeners: number[] = [];
    const note = (): void => void listeners.push(getEventListeners(signal, "abort").length);
    const resolve = ({ ctx }: { ctx: { rateLimit: RequestState | undefined } }): void => {
      note();
      expect(ctx.rateLimit?.signal.aborted).toBe(false);
      note();
    };
    const router = t.router({
      counted: t.procedure.use(rateLimit({ limits: [rpm], subject })).query(resolve),
      held: t.procedure.use(rateLimit({ limits: [inflight], subject })).query(resolve),
    });
    const caller = t.createCallerFactory(router)({ tenant: "acme" } as Context, { signal });
    for (const call of [caller.counted, caller.held]) {
      await call();
      note();
    }
    expect(listeners).toEqual([0, 1, 0, 1, 1, 0]);
  });

  it("throws an error that has the refusal where no formatter sends it", async () => {
    const { limiter } = counted();
    const plain = initTRPC.context<Context>().create();
    const router = plain.router({
      hello: plain.procedure.use(rateLimit({ limiter, subject })).query(() => "hello"),
    });
    const call = router.createCaller({ tenant: "acme", ip: undefined, res: undefined as never });
    for (let asked = 0; asked < 3; asked++) await call.hello();
    const error: unknown = await call.hello().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TRPCError);
    expect(refusalOf(error)?.decision).toMatchObject({ allowed: false, limitedBy: "rpm" });
    expect(refusalOf(new Error("another"))).toBeUndefined();
  });

  it.each([
    ["a batch", httpBatchLink],
    ["a streamed batch", httpBatchStreamLink],
  ])("charges every call of %s", async (_, link) => {
    const { limiter, used, store } = counted();
    const router = t.router({
      hello: t.procedure.use(rateLimit({ limiter, subject })).query(() => "hello"),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [link({ url })] });
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, async () => client.hello.query()),
    );
    expect(answers.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    expect([used(), store.size().leases]).toEqual([[3], 0]);
  });

  it("charges a call once that meets the same limiter twice, and acts as one with others", async () => {
    const { limiter, used, store } = counted();
    const inner = counted([inflight]);
    const layer = rateLimit<Context>({ limiter, subject });
    const router = t.router({
      hello: t.procedure
        .use(layer)
        .use(rateLimit({ limiter: inner.limiter, subject }))
        .use(layer)
        .query(() => inner.used()[0]),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
    expect(await client.hello.query()).toBe(1);
    expect([used(), inner.used(), store.size().leases]).toEqual([[1], [0], 0]);
  });

  it("gives back what an outer limiter reserved when an inner one refuses", async () => {
    const { limiter, used, store } = counted();
    const single = counted([
      slidingWindow({ name: "once", limit: 1, window: "1m", per: ["tenant"] }),
    ]);
    const router = t.router({
      hello: t.procedure
        .use(rateLimit({ limiter, subject }))
        .use(rateLimit({ limiter: single.limiter, subject }))
        .query(() => "hello"),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
    await client.hello.query();
    await expect(client.hello.query()).rejects.toThrow("once");
    expect([used(), single.used(), store.size().leases]).toEqual([[1], [1], 0]);
  });

  it("charges what the procedure says it used, and what its input is estimated to cost", async () => {
    const { limiter, used } = counted([tpm]);
    const sized = t.procedure
      .input((value) => value as { tokens: number })
      .use(
        rateLimit({
          limiter,
          subject,
          cost: ({ input }) => ({ tokens: (input as { tokens: number }).tokens }),
        }),
      );
    const router = t.router({
      settles: sized.mutation(({ ctx }) => void ctx.rateLimit?.settle({ tokens: 7 })),
      fails: sized.mutation(() => {
        throw new Error("for the test");
      }),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
    await client.settles.mutate({ tokens: 90 });
    expect(used()).toEqual([7]);
    await expect(client.fails.mutate({ tokens: 20 })).rejects.toThrow("for the test");
    expect(used()).toEqual([27]);
    const wrong = await client.fails.mutate({ tokens: -1 }).catch((error: unknown) => error);
    expect((wrong as TRPCClientError<typeof router>).data?.code).toBe("BAD_REQUEST");
    expect(used()).toEqual([27]);
  });

  it("sets the headers of node's response, but not once they are sent", async () => {
    const { limiter } = counted();
    const options = { limiter, subject, response: ({ ctx }: { ctx: Context }) => ctx.res };
    const router = t.router({ hello: t.procedure.use(rateLimit(options)).query(() => "hello") });
    const url = await serve(router);
    const answer = await fetch(`${url}/hello`);
    expect([answer.status, answer.headers.get("ratelimit")]).toEqual([200, '"rpm";r=2;t=60']);
    const client = createTRPCClient<typeof router>({ links: [httpBatchStreamLink({ url })] });
    expect(await Promise.all([client.hello.query(), client.hello.query()])).toEqual([
      "hello",
      "hello",
    ]);
    const refused = await fetch(`${url}/hello`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
  });

  it("limits each client address without options", async () => {
    const lines: string[] = [];
    const router = t.router({
      hello: t.procedure.use(rateLimit({ log: (line) => lines.push(line) })).query(() => "hello"),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
    for (let asked = 0; asked < 60; asked++) await client.hello.query();
    await expect(client.hello.query()).rejects.toThrow('"default" allows 60 requests');
    expect(lines).toHaveLength(1);
  });

  it("needs no context", async () => {
    const { limiter, used } = counted();
    const bare = initTRPC.create();
    const router = bare.router({
      hello: bare.procedure
        .use(rateLimit({ limiter, subject: () => ({ tenant: "acme" }) }))
        .query(() => "hello"),
      byAddress: bare.procedure.use(rateLimit({ log: () => {} })).query(() => "hello"),
    });
    const server = createHTTPServer({ router }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => server.close().closeAllConnections());
    const { port } = server.address() as AddressInfo;
    const client = createTRPCClient<typeof router>({
      links: [httpLink({ url: `http://127.0.0.1:${port}` })],
    });
    expect(await client.hello.query()).toBe("hello");
    expect(used()).toEqual([1]);
    expect(await client.byAddress.query()).toBe("hello");
  });

  it("skips what `skip` skips, and only watches in observe mode", async () => {
    const { limiter, used } = counted([rpm], "observe");
    const router = t.router({
      skipped: t.procedure
        .use(rateLimit({ limiter, subject, skip: () => true }))
        .query(({ ctx }) => ctx.rateLimit === undefined),
      watched: t.procedure.use(rateLimit({ limiter, subject })).query(() => true),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
    expect(await client.skipped.query()).toBe(true);
    for (let asked = 0; asked < 5; asked++) expect(await client.watched.query()).toBe(true);
    expect(used()).toEqual([3]);
  });

  it("lets a call wait for its turn", async () => {
    const short = slidingWindow({ name: "short", limit: 1, window: 200, per: ["tenant"] });
    const router = t.router({
      hello: t.procedure
        .use(rateLimit({ limits: [short], subject, onRefused: wait({ maxMs: "5s" }) }))
        .query(() => "hello"),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
    expect(await Promise.all([client.hello.query(), client.hello.query()])).toEqual([
      "hello",
      "hello",
    ]);
  });

  it("fails a call as unavailable when the store has no room, and as an error when it fails", async () => {
    const store = memoryStore({ maxKeys: 1, maxLeases: 1 });
    const full = counted([inflight]);
    const lost: AsyncStore = {
      ...(store as unknown as AsyncStore),
      reserve: async () => Promise.reject(new Error("lost")),
    };
    const { createLimiter } = await import("@sluice/core");
    const limiter = createLimiter({ limits: [inflight], store });
    limiter.reserve({ tenant: "holds the only place" });
    const router = t.router({
      full: t.procedure
        .use(rateLimit({ limiter: full.limiter, subject }))
        .use(rateLimit({ limiter, subject }))
        .query(() => "hello"),
      lost: t.procedure
        .use(rateLimit({ limits: [inflight], store: lost, subject }))
        .query(() => "hello"),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
    const refused = await client.full.query().catch((error: unknown) => error);
    expect((refused as TRPCClientError<typeof router>).data?.code).toBe("SERVICE_UNAVAILABLE");
    expect([full.used(), full.store.size().leases]).toEqual([[0], 0]);
    const failed = await client.lost.query().catch((error: unknown) => error);
    expect((failed as TRPCClientError<typeof router>).data?.code).toBe("INTERNAL_SERVER_ERROR");
  });
});
