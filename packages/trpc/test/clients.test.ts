import Anthropic from "@anthropic-ai/sdk";
import { startModelServer } from "@sluice/conformance";
import { concurrency, slidingWindow } from "@sluice/core";
import { estimate } from "@sluice/core/llm";
import { rateLimit } from "@sluice/trpc";
import { createTRPCClient, httpBatchStreamLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import OpenAI from "openai";
import { describe, expect, it, onTestFinished } from "vitest";

import { type Context, counted, serve } from "./serve.ts";

const t = initTRPC.context<Context>().create();
const per = ["tenant"];
const tpm = slidingWindow({ name: "tpm", limit: 10_000, unit: "tokens", window: "1m", per });
const inflight = concurrency({ name: "inflight", limit: 60, per });
const request = {
  model: "m",
  messages: [{ role: "user" as const, content: "hello" }],
  max_tokens: 50,
};
// Of the loopback model: its prompts have 11 tokens.
const spent = 11 + 50;

describe("the clients of models behind tRPC", () => {
  it("are charged what the model used, with a stream and without", async () => {
    const model = await startModelServer();
    onTestFinished(async () => model.close());
    const { limiter, used, store } = counted([tpm, inflight]);
    const common = { apiKey: "none", maxRetries: 0 };
    const openai = new OpenAI({ ...common, baseURL: `${model.url}/v1` });
    const anthropic = new Anthropic({ ...common, baseURL: model.url });
    const limited = t.procedure.use(
      rateLimit({
        limiter,
        subject: ({ ctx }: { ctx: Context }) => ({ tenant: ctx.tenant }),
        cost: () => estimate.openai(request),
        meter: "auto",
      }),
    );
    const router = t.router({
      openai: limited.query(async function* () {
        yield* await openai.chat.completions.create({
          ...request,
          stream: true,
          stream_options: { include_usage: true },
        });
      }),
      completion: limited.query(async () => openai.chat.completions.create(request)),
      anthropic: limited.query(async function* () {
        yield* await anthropic.messages.create({ ...request, stream: true });
      }),
      message: limited.query(async () => anthropic.messages.create(request)),
    });
    const url = await serve(router);
    const client = createTRPCClient<typeof router>({ links: [httpBatchStreamLink({ url })] });
    let text = "";
    for await (const chunk of await client.openai.query()) text += JSON.stringify(chunk);
    expect(text.match(/abcd/g)).toHaveLength(50);
    expect(used()).toEqual([spent, 0]);
    expect((await client.completion.query()).usage?.total_tokens).toBe(spent);
    expect(used()).toEqual([2 * spent, 0]);
    for await (const event of await client.anthropic.query()) text += JSON.stringify(event);
    expect(text.match(/abcd/g)).toHaveLength(100);
    expect(used()).toEqual([3 * spent, 0]);
    await client.message.query();
    expect([used(), store.size().leases]).toEqual([[4 * spent, 0], 0]);
  });
});
