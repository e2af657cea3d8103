import { concurrency, slidingWindow } from "@sluice/core";
import { seededRandom } from "@sluice/core/testing";
import { rateLimit } from "@sluice/trpc";
import { createTRPCClient, httpBatchStreamLink, httpLink } from "@trpc/client";
import { initTRPC, tracked } from "@trpc/server";
import { observable } from "@trpc/server/observable";
import { describe, expect, it } from "vitest";

import { type Context, counted, serve } from "./serve.ts";

const subject = ({ ctx }: { ctx: Context }): { tenant: string } => ({ tenant: ctx.tenant });
const t = initTRPC.context<Context>().create();
const inflight = concurrency({ name: "inflight", limit: 50, per: ["tenant"] });
const tpm = slidingWindow({
  name: "tpm",
  limit: 10_000,
  unit: "tokens",
  window: "1m",
  per: ["tenant"],
});
const estimated = { tokens: 40, inputTokens: 11, outputTokens: 29 };

const chunk = (content: string): object => ({
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
});
const usage = {
  object: "chat.completion.chunk",
  choices: [],
  usage: { prompt_tokens: 11, completion_tokens: 30, total_tokens: 41 },
};
const pause = async (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Values of a model, for as long as `signal` does not abort; `produced` counts them. */
async function* chunks(
  count: number,
  signal?: { readonly aborted: boolean },
  produced = { count: 0 },
  paceMs = 2,
): AsyncGenerator<object> {
  for (let sent = 0; sent < count; sent++) {
    if (signal?.aborted === true) return;
    produced.count++;
    yield chunk("abcd");
    await pause(paceMs);
  }
}

async function subscribe(
  url: string,
  path: string,
  signal?: AbortSignal,
  tenant = "acme",
): Promise<Response> {
  return fetch(`${url}/${path}`, {
    headers: { accept: "text/event-stream", "x-tenant": tenant },
    signal: signal ?? null,
  });
}

describe("streams of tRPC", () => {
  it("hands on what only a transformer can send, and ends its lease", async () => {
    const { limiter, used, store } = counted([tpm, inflight]);
    const options = { limiter, subject, cost: () => estimated, meter: "openai" } as const;
    const limited = t.procedure.use(rateLimit(options));
    const router = t.router({
      answer: limited.query(() => ({ count: 1n })),
      stream: limited.query(async function* () {
        yield { count: 1n };
        yield chunk("abcd");
      }),
    });
    const caller = router.createCaller({ tenant: "acme" } as Context);
    expect(await caller.answer()).toEqual({ count: 1n });
    expect([used()[1], store.size().leases]).toEqual([0, 0]);
    const values = [];
    for await (const value of await caller.stream()) values.push(value);
    expect([values[0], values.length, used()[1]]).toEqual([{ count: 1n }, 2, 0]);
  });

  it("hold their place until the last value of a subscription, and are settled at the model's own count", async () => {
    const { limiter, used, store } = counted([tpm, inflight]);
    const metered = t.procedure.use(
      rateLimit({ limiter, subject, meter: "auto", cost: () => estimated }),
    );
    const router = t.router({
      told: metered.subscription(async function* () {
        yield* chunks(30);
        yield usage;
      }),
      tracked: metered.subscription(async function* () {
        yield tracked("1", chunk("abcd"));
        yield tracked("2", usage);
      }),
      untold: metered.subscription(async function* () {
        yield* chunks(30);
      }),
      observed: metered.subscription(() =>
        observable<object>((observer) => {
          for (let sent = 0; sent < 5; sent++) observer.next(chunk("abcd"));
          observer.next(usage);
          observer.complete();
        }),
      ),
    });
    const url = await serve(router);
    const response = await subscribe(url, "told");
    await expect.poll(() => used()[1]).toBe(1);
    const text = await response.text();
    expect(text.match(/abcd/g)).toHaveLength(30);
    expect(used()).toEqual([41, 0]);
    await (await subscribe(url, "tracked")).text();
    expect(used()).toEqual([82, 0]);
    await (await subscribe(url, "observed")).text();
    expect(used()).toEqual([123, 0]);
    await (await subscribe(url, "untold")).text();
    expect(used()).toEqual([164, 0]);
    expect(store.size().leases).toBe(0);
  });

  it("are charged what they have carried when the client leaves, and stop", async () => {
    const { limiter, used, store } = counted([tpm, inflight]);
    const produced = { count: 0 };
    let hasEnded = false;
    const router = t.router({
      chat: t.procedure
        .use(rateLimit({ limiter, subject, meter: "auto", cost: () => estimated }))
        .subscription(async function* ({ ctx }) {
          try {
            yield* chunks(10_000, ctx.rateLimit?.signal, produced);
          } finally {
            hasEnded = true;
          }
        }),
    });
    const url = await serve(router);
    const leaving = new AbortController();
    const response = await subscribe(url, "chat", leaving.signal);
    await expect.poll(() => produced.count).toBeGreaterThan(10);
    leaving.abort();
    await expect(response.text()).rejects.toThrow("aborted");
    await expect.poll(() => used()[1]).toBe(0);
    await expect.poll(() => hasEnded).toBe(true);
    expect(Math.abs(used()[0]! - 11 - produced.count)).toBeLessThanOrEqual(1);
    expect(store.size().leases).toBe(0);
  });

  it("are as much a stream when a query answers with a generator", async () => {
    const { limiter, used, store } = counted([tpm, inflight]);
    const limited = t.procedure.use(
      rateLimit({ limiter, subject, meter: "auto", cost: () => estimated }),
    );
    const router = t.router({
      chat: limited.query(async function* ({ ctx }) {
        yield* chunks(10_000, ctx.rateLimit?.signal);
      }),
      fails: limited.query(async function* () {
        yield* chunks(3);
        throw new Error("for the test");
      }),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpBatchStreamLink({ url })] });
    const leaving = new AbortController();
    let got = 0;
    const reading = (async () => {
      for await (const _ of await client.chat.query(undefined, { signal: leaving.signal })) {
        if (++got === 5) leaving.abort();
      }
    })();
    await reading.catch(() => {});
    await expect.poll(() => used()[1]).toBe(0);
    expect(used()[0]).toBeGreaterThanOrEqual(11 + 5);
    const before = used()[0]!;
    const failing = (async () => {
      for await (const _ of await client.fails.query()) got++;
    })();
    await expect(failing).rejects.toThrow("for the test");
    await expect.poll(() => used()).toEqual([before + 11 + 3, 0]);
    expect(store.size().leases).toBe(0);
  });

  it("do not leak a lease where the client cannot take a stream", async () => {
    const { limiter, used, store } = counted([inflight]);
    const router = t.router({
      chat: t.procedure.use(rateLimit({ limiter, subject })).query(async function* () {
        yield* chunks(3);
      }),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpLink({ url })] });
    await expect(client.chat.query()).rejects.toThrow("httpBatchStreamLink");
    // Nobody tells that the stream was dropped: it is given up when nobody has asked for a value for long.
    await expect.poll(() => used()).toEqual([0]);
    expect(store.size().leases).toBe(0);
  });

  it("end when the budget has run out and the meter is hard", async () => {
    const small = slidingWindow({
      name: "tpm",
      limit: 100,
      unit: "tokens",
      window: "1m",
      per: ["tenant"],
    });
    const { limiter, used, store } = counted([small, inflight]);
    const overruns: unknown[] = [];
    const produced = { count: 0 };
    const router = t.router({
      chat: t.procedure
        .use(
          rateLimit({
            limiter,
            subject,
            meter: { step: 8 },
            hard: true,
            cost: () => ({ tokens: 1 }),
            onOverrun: (overrun) => overruns.push(overrun),
          }),
        )
        .subscription(({ ctx }) => chunks(10_000, ctx.rateLimit?.signal, produced)),
    });
    const url = await serve(router);
    const text = await (await subscribe(url, "chat")).text();
    expect(text.match(/abcd/g)!.length).toBeLessThan(130);
    expect(overruns).toHaveLength(1);
    expect(used()[1]).toBe(0);
    expect(Math.abs(used()[0]! - produced.count)).toBeLessThanOrEqual(1);
    expect(store.size().leases).toBe(0);
  });

  const streams = Number(process.env["SLUICE_STREAMS"] ?? 100);

  it(
    `are charged what was produced when ${streams} of them are aborted anywhere`,
    {
      timeout: 180_000 + streams * 100,
    },
    async () => {
      const { limiter, used, store } = counted([tpm, inflight]);
      const calls = new Map<string, { count: number }>();
      const router = t.router({
        chat: t.procedure
          .use(rateLimit({ limiter, subject, meter: "auto", cost: () => estimated }))
          .subscription(({ ctx }) => {
            const produced = { count: 0 };
            calls.set(ctx.tenant, produced);
            return chunks(10_000, ctx.rateLimit?.signal, produced, 10);
          }),
      });
      const url = await serve(router);
      const random = seededRandom(6);
      const wrong: unknown[] = [];
      const one = async (tenant: string): Promise<void> => {
        const leaving = new AbortController();
        const response = await subscribe(url, "chat", leaving.signal, tenant);
        await pause(random.integer(0, 300));
        leaving.abort();
        await response.text().catch(() => {});
        await expect.poll(() => used(tenant)[1], { interval: 5 }).toBe(0);
        const produced = calls.get(tenant)!.count;
        const charged = used(tenant)[0]! - estimated.inputTokens;
        if (Math.abs(produced - charged) > 1) wrong.push({ tenant, produced, charged });
      };
      const ids = Array.from({ length: streams }, (_, at) => `tenant-${at}`);
      const worker = async (): Promise<void> => {
        for (let id = ids.pop(); id !== undefined; id = ids.pop()) await one(id);
      };
      await Promise.all(Array.from({ length: 40 }, worker));
      expect(wrong).toEqual([]);
      expect(store.size().leases).toBe(0);
    },
  );
});
