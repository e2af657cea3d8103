import { startModelServer } from "@sluice/conformance";
import { createTRPCUntypedClient, httpBatchStreamLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { describe, expect, it, onTestFinished } from "vitest";

import { start } from "./start.ts";

const body = {
  model: "m",
  messages: [{ role: "user", content: "hello" }],
  max_tokens: 50,
  stream: true,
  stream_options: { include_usage: true },
};

describe("the examples of the adapters", () => {
  it.each(["fastify.ts", "hono.ts", "plain-node.ts"])("%s limits a client", async (source) => {
    const ask = await start(source);
    const answer = await ask("/");
    expect([await answer.text(), answer.headers.get("ratelimit-policy")]).toEqual([
      "hello",
      '"default";q=60;w=60',
    ]);
  });

  it("trpc.ts limits a client", async () => {
    const ask = await start("trpc.ts");
    for (let asked = 0; asked < 60; asked++) expect((await ask("/hello")).status).toBe(200);
    expect((await ask("/hello")).status).toBe(429);
  });

  it.each(["express-chat.ts", "fastify-chat.ts", "hono-chat.ts"])(
    "%s passes a stream on, and charges what it was",
    async (source) => {
      const model = await startModelServer();
      onTestFinished(async () => model.close());
      const ask = await start(source, { MODEL_URL: model.url });
      const chat = async (): Promise<Response> =>
        ask("/v1/chat/completions", {
          method: "POST",
          headers: { "content-type": "application/json", "x-tenant": "acme" },
          body: JSON.stringify(body),
        });
      const first = await chat();
      expect((await first.text()).match(/abcd/g)).toHaveLength(50);
      // 61 tokens were used: 11 of the prompt and 50 of the answer. The second request holds its estimate of about as many.
      const left = (await chat()).headers.get("ratelimit") ?? "";
      const tokens = Number(/"tpm";r=(\d+)/.exec(left)?.[1]);
      expect(tokens).toBeGreaterThan(90_000 - 61 - 80);
      expect(tokens).toBeLessThan(90_000 - 61 - 50);
    },
  );

  it("trpc-chat.ts streams the chunks of a model", async () => {
    const model = await startModelServer();
    onTestFinished(async () => model.close());
    const { url } = await (await start("trpc-chat.ts", { MODEL_URL: model.url }))("/none");
    const client = createTRPCUntypedClient<AnyTRPCRouter>({
      links: [httpBatchStreamLink({ url: new URL(url).origin, headers: { "x-tenant": "acme" } })],
    });
    const { stream: _, stream_options: __, ...input } = body;
    let text = "";
    const chunks = (await client.mutation("chat", input)) as AsyncIterable<object>;
    for await (const chunk of chunks) text += JSON.stringify(chunk);
    expect(text.match(/abcd/g)).toHaveLength(50);
  });
});
