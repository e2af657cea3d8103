import Anthropic from "@anthropic-ai/sdk";
import { slidingWindow } from "@sluice/core";
import { estimate } from "@sluice/core/llm";
import OpenAI from "openai";
import { describe, expect, it, onTestFinished } from "vitest";

import { until } from "../ask.ts";
import { acme, limited, type Limited } from "../fixture.ts";
import type { Framework } from "../framework.ts";
import { startModelServer } from "../model-server.ts";
import { proxyTo } from "../proxy.ts";
import { promptTokens, tokenText } from "../wire/tokens.ts";

const tpm = slidingWindow({
  name: "tpm",
  limit: 200,
  unit: "tokens",
  window: "1m",
  per: ["tenant"],
});
const messages = [{ role: "user" as const, content: "hello" }];
const common = { apiKey: "none", maxRetries: 0, defaultHeaders: acme };

/** The clients that people have. */
export function clients<Req>(framework: Framework<Req>): void {
  async function gateway(): Promise<Limited> {
    const model = await startModelServer();
    onTestFinished(async () => model.close());
    const route = proxyTo(model);
    return limited(framework, {
      limits: [tpm],
      options: {
        meter: "auto",
        headers: ["draft-11", "provider"],
        cost: (request) => estimate.openai(framework.body(request)),
      },
      routes: { "/v1/chat/completions": route, "/v1/messages": route },
    });
  }

  describe("the openai client", () => {
    it("streams, and is charged what the model used", async () => {
      const app = await gateway();
      const client = new OpenAI({ ...common, baseURL: `${app.url}/v1` });
      const stream = await client.chat.completions.create({
        model: "m",
        messages,
        max_tokens: 50,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = "";
      let usage: unknown;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        usage = chunk.usage ?? usage;
      }
      expect(text).toBe(tokenText.repeat(50));
      expect(usage).toMatchObject({ total_tokens: promptTokens + 50 });
      await ended(app);
      expect(app.used()).toEqual([promptTokens + 50]);
    });

    it("asks without a stream, and is told by its own error when it has had enough", async () => {
      const app = await gateway();
      const client = new OpenAI({ ...common, baseURL: `${app.url}/v1` });
      const request = { model: "m", messages, max_tokens: 120 };
      const { data, response } = await client.chat.completions.create(request).withResponse();
      expect(data.usage?.total_tokens).toBe(promptTokens + 120);
      expect(response.headers.get("x-ratelimit-limit-tokens")).toBe("200");
      await ended(app);
      expect(app.used()).toEqual([promptTokens + 120]);
      const refused: unknown = await client.chat.completions
        .create(request)
        .catch((error) => error);
      const told = refused instanceof OpenAI.RateLimitError ? refused.headers : undefined;
      expect(told?.get("retry-after")).toBe("60");
      expect(app.used()).toEqual([promptTokens + 120]);
    });

    it("is charged what it was sent when it breaks off", async () => {
      const app = await gateway();
      const client = new OpenAI({ ...common, baseURL: `${app.url}/v1` });
      const request = { model: "m", messages, max_tokens: 50, stream: true } as const;
      const stream = await client.chat.completions.create(request);
      let read = 0;
      for await (const chunk of stream) {
        if (chunk.choices[0]?.delta.content && ++read === 5) break;
      }
      await ended(app);
      expect(app.used()[0]).toBeGreaterThanOrEqual(estimate.openai(request).inputTokens + 5);
      expect(app.used()[0]).toBeLessThanOrEqual(estimate.openai(request).inputTokens + 50);
    });
  });

  describe("the anthropic client", () => {
    it("streams, and is charged what the model used", async () => {
      const app = await gateway();
      const client = new Anthropic({ ...common, baseURL: app.url });
      const message = await client.messages
        .stream({ model: "m", messages, max_tokens: 50 })
        .finalMessage();
      expect(message.content).toMatchObject([{ type: "text", text: tokenText.repeat(50) }]);
      await ended(app);
      expect(app.used()).toEqual([promptTokens + 50]);
    });

    it("asks without a stream, and is told by its own error when it has had enough", async () => {
      const app = await gateway();
      const client = new Anthropic({ ...common, baseURL: app.url });
      const request = { model: "m", messages, max_tokens: 120 };
      const { usage } = await client.messages.create(request);
      expect(usage).toMatchObject({ input_tokens: promptTokens, output_tokens: 120 });
      await ended(app);
      expect(app.used()).toEqual([promptTokens + 120]);
      await expect(client.messages.create(request)).rejects.toBeInstanceOf(
        Anthropic.RateLimitError,
      );
      expect(app.used()).toEqual([promptTokens + 120]);
    });
  });
}

async function ended(app: Limited): Promise<void> {
  return until("the lease has ended", () => app.store.size().leases === 0);
}
