import { type Limit, slidingWindow } from "@sluice/core";
import type { RequestState } from "@sluice/core/http";
import { estimate } from "@sluice/core/llm";
import { describe, expect, it, onTestFinished } from "vitest";

import { open, until } from "../ask.ts";
import { acme, limited, type Limited, type LimitedOptions } from "../fixture.ts";
import type { Framework, Handler } from "../framework.ts";
import { type ModelServer, startModelServer } from "../model-server.ts";
import { compressed, proxyTo } from "../proxy.ts";
import { promptTokens } from "../wire/tokens.ts";

const wide = { window: "1m", per: ["tenant"] } as const;
const tokens = (limit: number): Limit =>
  slidingWindow({ name: "tpm", limit, unit: "tokens", ...wide });
const messages = [{ role: "user", content: "hello" }];
const paths = { openai: "/v1/chat/completions", anthropic: "/v1/messages" };

/** What a response of a model is charged. */
export function metering<Req>(framework: Framework<Req>): void {
  async function metered(
    options: LimitedOptions<Req> = {},
    paceMs = 0,
    middleware: (route: Handler) => Handler = (route) => route,
  ): Promise<Limited & { readonly model: ModelServer }> {
    const model = await startModelServer(paceMs);
    onTestFinished(async () => model.close());
    const route = middleware(proxyTo(model));
    const app = await limited(framework, {
      limits: [tokens(10_000)],
      routes: { [paths.openai]: route, [paths.anthropic]: route },
      ...options,
      options: {
        meter: "auto",
        cost: (request) => estimate.openai(framework.body(request)),
        ...options.options,
      },
    });
    return Object.assign(app, { model });
  }

  describe("metering", () => {
    const kinds = [
      [
        "a streamed chat completion",
        paths.openai,
        { stream: true, stream_options: { include_usage: true } },
      ],
      ["a chat completion", paths.openai, {}],
      ["a streamed message", paths.anthropic, { stream: true }],
      ["a message", paths.anthropic, {}],
    ] as const;

    it.each(kinds)("settles %s at the model's own count", async (_, path, body) => {
      const app = await metered();
      const asked = { model: "m", messages, max_tokens: 70, ...body };
      const answer = await app.ask(path, { headers: acme, body: asked });
      expect(answer.status).toBe(200);
      await until("the lease has ended", () => app.store.size().leases === 0);
      expect(app.used()).toEqual([promptTokens + 70]);
    });

    it.each(kinds)("reads %s through a later gzip", async (_, path, body) => {
      const app = await metered({}, 0, compressed("gzip"));
      const asked = { model: "m", messages, max_tokens: 70, ...body };
      const answer = await app.ask(path, { headers: acme, body: asked });
      expect([answer.status, answer.headers["content-encoding"]]).toEqual([200, ["gzip"]]);
      await until("the lease has ended", () => app.store.size().leases === 0);
      expect(app.used()).toEqual([promptTokens + 70]);
    });

    it("reads through a later br where the runtime can undo it, else charges the estimate, marked", async () => {
      let state: RequestState | undefined;
      const app = await metered({}, 0, (route) =>
        compressed("br")((call) => {
          state = call.rateLimit;
          return route(call);
        }),
      );
      const body = { model: "m", messages, max_tokens: 70 };
      const answer = await app.ask(paths.openai, { headers: acme, body });
      expect([answer.status, answer.headers["content-encoding"]]).toEqual([200, ["br"]]);
      await until("the lease has ended", () => app.store.size().leases === 0);
      const charged = undoesBrotli() ? promptTokens + 70 : estimate.openai(body).tokens;
      expect(app.used()).toEqual([charged]);
      expect(state?.usage).toMatchObject({ tokens: charged, isEstimated: !undoesBrotli() });
    });

    it("counts a stream without usage by what it carried, and marks it", async () => {
      const app = await metered();
      const body = { model: "m", messages, max_tokens: 70, stream: true };
      await app.ask(paths.openai, { headers: acme, body });
      await until("the lease has ended", () => app.store.size().leases === 0);
      const { inputTokens } = estimate.openai(body);
      expect(app.used()).toEqual([inputTokens + 70]);
    });

    it("charges a compressed stream that is aborted what it had carried", async () => {
      const app = await metered({}, 5, compressed("gzip"));
      const body = { model: "m", messages, max_tokens: 1_000, stream: true };
      const headers = { ...acme, "x-call": "aborted" };
      const message = await open(app.url + paths.openai, { headers, body });
      message.resume();
      const call = app.model.calls.get("aborted")!;
      await until("it streams", () => call.produced > 20);
      const before = call.produced;
      message.destroy();
      await until("the lease has ended", () => app.store.size().leases === 0);
      await until("the upstream call is closed", () => call.closedAtMs !== undefined);
      const charged = app.used()[0]! - estimate.openai(body).inputTokens;
      // The model goes on until it hears of it, which takes as long as this process is busy with other things.
      expect(charged).toBeGreaterThanOrEqual(before - 2);
      expect(charged).toBeLessThanOrEqual(call.produced);
    });

    it("charges tokens while they stream, in steps", async () => {
      const app = await metered({ options: { cost: () => ({ tokens: 1 }) } }, 1);
      const body = { model: "m", messages, max_tokens: 400, stream: true };
      const message = await open(app.url + paths.openai, { headers: acme, body });
      message.resume();
      expect(app.used()[0]).toBeLessThan(100);
      await until("some are charged", () => app.used()[0]! > 150, 10_000);
      expect(message.complete).toBe(false);
      message.destroy();
      await until("the lease has ended", () => app.store.size().leases === 0);
    });

    it("counts input and output apart where the limits do", async () => {
      const limits = ["inputTokens", "outputTokens"].map((unit) =>
        slidingWindow({ name: unit, limit: 1_000, unit, ...wide }),
      );
      const app = await metered({
        limits,
        options: { cost: () => ({ inputTokens: 1, outputTokens: 1 }) },
      });
      await app.ask(paths.anthropic, { headers: acme, body: { messages, max_tokens: 33 } });
      await until("the lease has ended", () => app.store.size().leases === 0);
      expect(app.used()).toEqual([promptTokens, 33]);
    });

    it("lets the handler have the last word", async () => {
      const app = await metered();
      const { url } = app.model;
      const spoken = await metered({
        routes: {
          "/": async ({ rateLimit }) => {
            await rateLimit?.settle({ tokens: 5 });
            const upstream = await fetch(url + paths.openai, { method: "POST", body: "{}" });
            return {
              headers: { "content-type": "application/json" },
              body: await upstream.text(),
            };
          },
        },
      });
      await spoken.ask("/", { headers: acme, body: {} });
      await until("the lease has ended", () => spoken.store.size().leases === 0);
      expect(spoken.used()).toEqual([5]);
    });

    it("tells of an overrun once, and lets a soft one through", async () => {
      const overruns: unknown[] = [];
      const app = await metered({
        limits: [tokens(100)],
        options: { cost: () => ({ tokens: 1 }), onOverrun: (overrun) => overruns.push(overrun) },
      });
      const body = { model: "m", messages, max_tokens: 400, stream: true };
      const { body: text } = await app.ask(paths.openai, { headers: acme, body });
      expect(text.match(/abcd/g)).toHaveLength(400);
      await until("the lease has ended", () => app.store.size().leases === 0);
      expect(app.used()[0]).toBeGreaterThanOrEqual(400);
      expect(overruns).toHaveLength(1);
      expect((await app.ask(paths.openai, { headers: acme, body })).status).toBe(429);
    });

    it.each([
      [paths.openai, /"finish_reason":"length".*\n\ndata: \[DONE\]\n\n$/s],
      [paths.anthropic, /"stop_reason":"max_tokens".*event: message_stop\ndata: .*\n\n$/s],
    ])("ends %s the provider's way when it is hard", async (path, end) => {
      const app = await metered(
        { limits: [tokens(200)], options: { cost: () => ({ tokens: 1 }), hard: true } },
        1,
      );
      const body = { model: "m", messages, max_tokens: 5_000, stream: true };
      const headers = { ...acme, "x-call": "hard" };
      const { status, body: text } = await app.ask(path, { headers, body });
      expect(status).toBe(200);
      expect(text).toMatch(end);
      const carried = text.match(/abcd/g)?.length ?? 0;
      expect(carried).toBeGreaterThan(100);
      expect(carried).toBeLessThan(400);
      const call = app.model.calls.get("hard")!;
      await until("the upstream call is closed", () => call.closedAtMs !== undefined);
      expect(call.produced).toBeLessThan(1_000);
      await until("the lease has ended", () => app.store.size().leases === 0);
      expect(app.used()[0]! - promptTokens - carried).toBeLessThanOrEqual(1);
    });
  });
}

function undoesBrotli(): boolean {
  try {
    // Not among the formats that the types know.
    return Reflect.construct(DecompressionStream, ["brotli"]) instanceof DecompressionStream;
  } catch {
    return false;
  }
}
