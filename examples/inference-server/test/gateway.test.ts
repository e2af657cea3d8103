import type { Server } from "node:http";

import OpenAI, { type APIError, RateLimitError } from "openai";
import { describe, expect, it, onTestFinished } from "vitest";

import type { Event } from "../src/events.ts";
import { gateway } from "../src/gateway.ts";
import { listen } from "../src/listen.ts";
import { modelServer } from "../src/model-server.ts";
import type { Plan } from "../src/plan.ts";

const plan: Plan = {
  speed: 20,
  windowMs: 60_000,
  tenants: {
    acme: [
      { name: "tpm", unit: "tokens", capacity: 1_000, windowMs: 60_000 },
      { name: "inflight", unit: "inflight", capacity: 2, windowMs: 0 },
    ],
  },
  shared: [],
  expiresAfterMs: 60_000,
};
const prompt = [{ role: "user" as const, content: "four tokens of it" }];
const promptTokens = 5;
/** With four for the form of the message. */
const promptEstimate = 9;

describe("the gateway, asked by the OpenAI client", () => {
  it("charges a streamed answer what the server says it used", async () => {
    const { client, events } = await served();
    const stream = await client("30").chat.completions.create({
      model: "m",
      messages: prompt,
      max_tokens: 500,
      stream: true,
    });
    let text = "";
    const reasons = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      reasons.push(chunk.choices[0]?.finish_reason);
    }
    expect(text).toBe("tok ".repeat(30));
    expect(reasons).toContain("stop");
    expect(ends(events)).toEqual([promptTokens + 30]);
    expect(await room(client)).toBe(1_000 - promptTokens - 30);
  });

  it("charges a whole answer alike, and says when it was cut at max_tokens", async () => {
    const { client, events } = await served();
    const answer = await client("300").chat.completions.create({
      model: "m",
      messages: prompt,
      max_tokens: 12,
    });
    expect(answer.choices[0]?.finish_reason).toBe("length");
    expect(answer.usage).toEqual({
      prompt_tokens: promptTokens,
      completion_tokens: 12,
      total_tokens: promptTokens + 12,
    });
    expect(ends(events)).toEqual([promptTokens + 12]);
  });

  it("refuses what does not fit, in a way the client understands, and charges nothing", async () => {
    const { client, events } = await served();
    const refusal: unknown = await client("10")
      .chat.completions.create({ model: "m", messages: prompt, max_tokens: 996 })
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RateLimitError);
    expect((refusal as RateLimitError).headers.get("retry-after")).toBeNull();
    expect(events.map(({ type }) => type)).toEqual(["refused"]);
    expect(await room(client)).toBe(1_000);
  });

  it("charges an aborted stream what was streamed, and leaves the model server at once", async () => {
    const { client, events, model } = await served();
    const stream = await client("400").chat.completions.create({
      model: "m",
      messages: prompt,
      max_tokens: 900,
      stream: true,
    });
    let streamed = 0;
    for await (const chunk of stream) {
      streamed += (chunk.choices[0]?.delta.content ?? "").length / 4;
      if (streamed >= 20) break;
    }
    stream.controller.abort();
    await until(async () => ends(events).length === 1 && (await connections(model.server)) === 0);
    const [charged = 0] = ends(events);
    expect(charged).toBeGreaterThanOrEqual(promptTokens + streamed);
    expect(charged).toBeLessThan(promptTokens + 400);
    expect(await room(client)).toBe(1_000 - charged);
  });

  it("charges nothing when the model server is gone", async () => {
    const { client, events, model } = await served();
    model.server.close();
    model.server.closeAllConnections();
    await expect(
      client("10").chat.completions.create({ model: "m", messages: prompt, max_tokens: 10 }),
    ).rejects.toThrow(/502.*connect ECONNREFUSED 127\.0\.0\.1:\d+/);
    expect(ends(events)).toEqual([0]);
    expect(await room(client)).toBe(1_000);
  });

  it("charges nothing for an answer that is none, and passes on when to retry", async () => {
    const upstream = await listen((_, res) => {
      res.writeHead(503, { "retry-after": "7", "content-type": "application/json" });
      res.end('{"error":{"message":"warming up"}}');
    });
    onTestFinished(() => void upstream.server.close());
    const { client, events } = await served(`http://127.0.0.1:${upstream.port}/v1`);
    const failure: unknown = await client("10")
      .chat.completions.create({ model: "m", messages: prompt, max_tokens: 10 })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 503 });
    expect((failure as APIError).headers?.get("retry-after")).toBe("7");
    expect(ends(events)).toEqual([0]);
    expect(await room(client)).toBe(1_000);
  });

  it("charges what it counted itself when the usage that it is told makes no sense", async () => {
    const choices = [{ index: 0, message: { content: "tok ".repeat(8) } }];
    const upstream = await listen((_, res) => {
      const body = JSON.stringify({ choices, usage: { total_tokens: 3.5 } });
      res.setHeader("content-type", "application/json").end(body);
    });
    onTestFinished(() => void upstream.server.close());
    const { port, events } = await served(`http://127.0.0.1:${upstream.port}/v1`);
    const { status } = await post(port, JSON.stringify({ messages: prompt, max_tokens: 10 }));
    expect(status).toBe(200);
    expect(ends(events)).toEqual([promptEstimate + 8]);
  });

  it("records what goes beyond the reservation while it streams", async () => {
    const choices = [{ index: 0, delta: { content: "tok ".repeat(100) } }];
    const upstream = await listen(async (_, res) => {
      res.setHeader("content-type", "text/event-stream");
      for (let sent = 0; sent < 3; sent++) {
        res.write(`data: ${JSON.stringify({ object: "chat.completion.chunk", choices })}\n\n`);
        await until(() => events.filter(({ type }) => type === "raised").length === sent + 1);
      }
      res.end("data: [DONE]\n\n");
    });
    onTestFinished(() => void upstream.server.close());
    const { port, events } = await served(`http://127.0.0.1:${upstream.port}/v1`);
    await post(port, JSON.stringify({ messages: prompt, max_tokens: 50, stream: true }));
    const tokens = events.map((event) => (event.type === "refused" ? undefined : event.tokens));
    expect(tokens).toEqual([50, 100, 200, 300, 300].map((output) => promptEstimate + output));
  });

  it("answers 502 as its own, not as the model server's, to an answer that cannot be read", async () => {
    const upstream = await listen((_, res) => {
      res.writeHead(200, { "content-type": "text/html", "retry-after": "9" }).end("<h1>");
    });
    onTestFinished(() => void upstream.server.close());
    const { port } = await served(`http://127.0.0.1:${upstream.port}/v1`);
    const answer = await post(port, JSON.stringify({ messages: prompt, max_tokens: 10 }));
    expect(answer.status).toBe(502);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(answer.headers.get("retry-after")).toBeNull();
    expect(answer.text).toContain("the model server failed");
  });

  it("charges nothing when the client leaves before the first token, in the record as in the limit", async () => {
    const { client, events } = await served();
    const gone = new AbortController();
    const asked = client("10").chat.completions.create(
      { model: "m", messages: prompt, max_tokens: 500 },
      { signal: gone.signal },
    );
    asked.catch(() => {});
    await until(() => events.length === 1);
    gone.abort();
    await until(() => events.length === 2);
    expect(ends(events)).toEqual([0]);
    expect(await room(client)).toBe(1_000);
  });

  it.each([
    [{ max_tokens: 500 }, 500],
    [{ max_completion_tokens: 500 }, 500],
    [{ max_tokens: 100, max_completion_tokens: 500 }, 500],
    [{ max_tokens: 300, n: 3 }, 900],
    [{ max_tokens: null, max_completion_tokens: 400, n: 2 }, 800],
    [{ max_tokens: 10, n: null }, 10],
  ])("reserves the most that %j may use", async (bounds, most) => {
    const { port, events } = await served();
    const { status } = await post(port, JSON.stringify({ messages: prompt, ...bounds }));
    expect(status).toBe(200);
    expect(events[0]).toMatchObject({ type: "admitted", tokens: promptEstimate + most });
  });

  it("reserves a bound of its own where none was asked for, and refuses what could use more", async () => {
    const { port, events } = await served();
    const answers = [
      {},
      { max_tokens: null },
      { max_tokens: 1, n: 100, max_completion_tokens: 10 },
    ];
    for (const bounds of answers) {
      const { status } = await post(port, JSON.stringify({ messages: prompt, ...bounds }));
      expect(status).toBe(429);
    }
    expect(events.map((event) => event.type === "refused" && event.tokens)).toEqual([
      promptEstimate + 1024,
      promptEstimate + 1024,
      promptEstimate + 1000,
    ]);
  });

  it("counts the text of a prompt in parts", async () => {
    const { port, events } = await served();
    const content = ["four tokens of it", "four tokens of it"].map((text) => ({
      type: "text",
      text,
    }));
    const body = { messages: [{ role: "user", content }], max_tokens: 10 };
    const { status } = await post(port, JSON.stringify(body));
    expect(status).toBe(200);
    expect(events[0]).toMatchObject({ tokens: promptTokens + promptEstimate + 10 });
  });

  it.each([
    ["[]", "the body must be a JSON object"],
    ["{}", "messages must be a list"],
    ['{"messages":[{"role":"user","content":7}]}', "the content of every message must be a string"],
    [
      '{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}',
      "the content of every message must be a string or a list of text parts",
    ],
    [
      '{"messages":[{"role":"user","content":"x"}],"max_completion_tokens":0}',
      "max_completion_tokens must be a positive integer",
    ],
    [
      '{"messages":[{"role":"user","content":"x"}],"n":1000}',
      "n must be a positive integer of at most 128",
    ],
    ['{"messages":', "JSON"],
    [
      '{"messages":[{"role":"user","content":"x"}],"max_tokens":-5}',
      "max_tokens must be a positive integer",
    ],
    [
      '{"messages":[{"role":"user","content":"x"}],"max_tokens":1e99}',
      "max_tokens must be a positive integer",
    ],
  ])("answers 400 to %s", async (body, message) => {
    const { port, events } = await served();
    const { status, text } = await post(port, body);
    expect(status).toBe(400);
    const { error } = JSON.parse(text) as { error: { message: string; type: string } };
    expect(error.type).toBe("invalid_request_error");
    expect(error.message).toContain(message);
    expect(events).toEqual([]);
  });
});

interface Served {
  readonly client: (tokens: string) => OpenAI;
  readonly events: Event[];
  readonly model: { readonly server: Server };
  readonly port: number;
}

async function served(instead?: string): Promise<Served> {
  const events: Event[] = [];
  const model = await listen(modelServer(plan.speed));
  const upstream = instead ?? `http://127.0.0.1:${model.port}/v1`;
  const settings = { plan, upstream, isStandIn: instead === undefined };
  const front = await listen(gateway(settings, (event) => events.push(event)));
  onTestFinished(() => {
    for (const { server } of [front, model]) {
      server.close();
      server.closeAllConnections();
    }
  });
  const client = (tokens: string): OpenAI =>
    new OpenAI({
      apiKey: "none",
      baseURL: `http://127.0.0.1:${front.port}/v1`,
      maxRetries: 0,
      defaultHeaders: { "x-tenant": "acme", "x-stand-in-tokens": tokens },
    });
  return { client, events, model, port: front.port };
}

async function post(
  port: number,
  body: string,
): Promise<{ status: number; headers: Headers; text: string }> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-tenant": "acme" },
    body,
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** What may still be spent, as the headers of a refused request tell it. */
async function room(client: Served["client"]): Promise<number> {
  const refusal: unknown = await client("1")
    .chat.completions.create({ model: "m", messages: prompt, max_tokens: 5_000 })
    .catch((error: unknown) => error);
  const header = (refusal as RateLimitError).headers.get("ratelimit") ?? "";
  return Number(/"tpm";r=(\d+)/.exec(header)?.[1]);
}

function ends(events: readonly Event[]): number[] {
  return events.flatMap((event) => (event.type === "ended" ? [event.tokens] : []));
}

async function connections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, open) => resolve(open)));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}
