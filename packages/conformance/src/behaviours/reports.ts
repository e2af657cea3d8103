import { connect } from "node:net";

import { createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { estimate } from "@sluice/core/llm";
import { describe, expect, it, onTestFinished } from "vitest";

import { ask, latch, open, until } from "../ask.ts";
import { acme, charges, inflight, limited, rpm, serve, tpm } from "../fixture.ts";
import type { Framework } from "../framework.ts";
import { later } from "../later.ts";
import { startModelServer } from "../model-server.ts";
import { proxyTo } from "../proxy.ts";
import { promptTokens } from "../wire/tokens.ts";

const messages = [{ role: "user", content: "hello" }];
const wide = slidingWindow({
  name: "wide",
  limit: 10_000,
  unit: "tokens",
  window: "1m",
  per: ["tenant"],
});

/** What users of other gateways have reported: each must not happen here. */
export function reports<Req>(framework: Framework<Req>): void {
  describe("what others have seen", () => {
    it("litellm#18730: five at once on 100 tokens a minute are not all let through", async () => {
      const app = await limited(framework, { limits: [tpm] });
      const statuses = await many(app.url, 5, 60);
      expect(statuses).toEqual([200, 429, 429, 429, 429]);
      expect(app.used()).toEqual([60]);
    });

    it("litellm#5783: nor where the store promises", async () => {
      const memory = memoryStore();
      const { url } = await serve(framework, {
        layers: [{ limits: [tpm], store: later(memory), ...charges(framework) }],
        routes: { "/": () => ({ body: "ok" }) },
      });
      const statuses = await many(url, 5, 60);
      expect(statuses).toEqual([200, 429, 429, 429, 429]);
      await until("nothing is held", () => memory.size().leases === 0);
    });

    it("higress#2464: the limit is not one request late, nor a hundred", async () => {
      const app = await limited(framework, { limits: [tpm] });
      const statuses = await many(app.url, 100, 10);
      expect(statuses.filter((status) => status === 200)).toHaveLength(10);
      expect(app.used()).toEqual([100]);
    });

    it("litellm#27955: streams that are cancelled as soon as they begin give their places back", async () => {
      const app = await limited(framework, {
        limits: [inflight],
        routes: {
          "/": ({ rateLimit }) => ({
            body: (async function* () {
              yield Buffer.from("first");
              while (!rateLimit!.signal.aborted) await new Promise((done) => setTimeout(done, 1));
            })(),
          }),
        },
      });
      for (let asked = 0; asked < 20; asked++) {
        const message = await open(app.url, { headers: acme });
        expect(message.statusCode).toBe(200);
        message.destroy();
        await until("the place is back", () => app.used()[0] === 0);
      }
      expect(app.store.size().leases).toBe(0);
    });

    it("litellm#1477: a malformed request leaks no place", async () => {
      const app = await limited(framework, { limits: [inflight] });
      const { hostname, port } = new URL(app.url);
      for (const body of ['{"model":', "x".repeat(40)]) {
        const socket = connect(Number(port), hostname);
        socket.write(
          "POST / HTTP/1.1\r\nHost: localhost\r\nX-Tenant: acme\r\nConnection: close\r\n" +
            `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
        let text = "";
        for await (const chunk of socket) text += String(chunk);
        expect(text).toMatch(/^HTTP\/1\.1 [45]\d\d /);
      }
      // One that promises more than it sends, and leaves.
      const socket = connect(Number(port), hostname);
      socket.end(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Tenant: acme\r\n" +
          'Content-Type: application/json\r\nContent-Length: 999\r\n\r\n{"model":',
      );
      socket.resume();
      await until("it is closed", () => socket.closed);
      await until("nothing is held", () => app.used()[0] === 0);
      expect(app.store.size().leases).toBe(0);
    });

    it("litellm#39544: a request that a limit in flight refuses burns none of the others", async () => {
      const stuck = latch();
      onTestFinished(() => stuck.resolve());
      const app = await limited(framework, {
        limits: [rpm, tpm, inflight],
        routes: {
          "/": async () => {
            await stuck.promise;
            return { body: "late" };
          },
        },
      });
      const both = [app.ask(), app.ask()];
      await until("both are in", () => app.used()[2] === 2);
      for (let asked = 0; asked < 5; asked++) expect((await app.ask()).status).toBe(429);
      expect(app.used()).toEqual([2, 20, 2]);
      stuck.resolve();
      await Promise.all(both);
    });

    it("aisix#690: a streamed message keeps its place to the end, and its tokens are charged", async () => {
      const model = await startModelServer(5);
      onTestFinished(async () => model.close());
      const app = await limited(framework, {
        limits: [wide, inflight],
        options: {
          meter: "auto",
          cost: (request) => estimate.anthropic(framework.body(request)),
        },
        routes: { "/v1/messages": proxyTo(model) },
      });
      const body = { model: "m", messages, max_tokens: 40, stream: true };
      const message = await open(`${app.url}/v1/messages`, { headers: acme, body });
      const places: (number | undefined)[] = [];
      for await (const _ of message) places.push(app.used()[1]);
      expect(places.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 1));
      await until("the place is back", () => app.used()[1] === 0);
      expect(app.used()).toEqual([promptTokens + 40, 0]);
    });

    it.each([
      ["application/json", JSON.stringify({ answer: "of no provider" })],
      ["text/event-stream", 'data: {"answer":"of no provider"}\n\n'],
      ["text/plain", "of no provider"],
    ])(
      "bifrost#2873: %s that is passed through without being understood is charged all the same",
      async (type, body) => {
        const app = await limited(framework, {
          limits: [tpm],
          options: { meter: "auto" },
          routes: { "/": () => ({ headers: { "content-type": type }, body }) },
        });
        await app.ask();
        await until("the lease has ended", () => app.store.size().leases === 0);
        expect(app.used()).toEqual([10]);
      },
    );

    it("higress#1080: a stream that two limiters meter is counted once by each", async () => {
      const model = await startModelServer();
      onTestFinished(async () => model.close());
      const inner = createLimiter({ limits: [wide], store: memoryStore() });
      const cost = (request: Req) => estimate.openai(framework.body(request));
      const app = await limited(framework, {
        limits: [wide],
        options: { meter: "auto", cost },
        layers: (layer) => [
          layer,
          { limiter: inner, ...charges(framework), meter: "auto", cost },
          layer,
        ],
        routes: { "/v1/chat/completions": proxyTo(model) },
      });
      const stream_options = { include_usage: true };
      const body = { model: "m", messages, max_tokens: 100, stream: true, stream_options };
      await app.ask("/v1/chat/completions", { headers: acme, body });
      await until("the lease has ended", () => app.store.size().leases === 0);
      const innerUsed = inner.peek({ tenant: "acme" }, { tokens: 0 }).limits[0]?.used;
      expect([app.used(), innerUsed]).toEqual([[promptTokens + 100], promptTokens + 100]);
    });
  });
}

/** Asks as often, all at once; the statuses, lowest first. */
async function many(url: string, count: number, tokens: number): Promise<readonly number[]> {
  const headers = { ...acme, "x-tokens": String(tokens) };
  const statuses = await Promise.all(
    Array.from({ length: count }, async () => (await ask(url, { headers })).status),
  );
  return statuses.toSorted((one, other) => one - other);
}
