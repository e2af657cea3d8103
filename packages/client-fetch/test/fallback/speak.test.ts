import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { createResponseReader, type Format } from "@sluice/core/llm";
import { CohereClientV2 } from "cohere-ai";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";

import { speak } from "../../src/fallback/speak.ts";
import { asking } from "./context.ts";

const text = 'Just a moment, "please":\nall lines are busy – 少々お待ちください';

const paths: readonly [string, Format, boolean][] = [
  ["/v1/chat/completions", "openai", true],
  ["/openai/deployments/d/chat/completions", "azure", true],
  ["/v1/responses", "openai-responses", true],
  ["/v1/messages", "anthropic", true],
  ["/v1beta/models/m:generateContent", "gemini", false],
  ["/v1beta/models/m:streamGenerateContent?alt=sse", "gemini", true],
  ["/v2/chat", "cohere", true],
  ["/model/m/converse", "bedrock", false],
];
const cases = paths.flatMap(([path, format, streams]) =>
  (streams ? [false, true] : [false]).map(
    (isStream) => [path, format, isStream && !path.includes(":generate")] as const,
  ),
);

describe("what is said in place of a model", () => {
  it.each(cases)("at %s, read as %s, stream %s, is whole", async (path, format, isStream) => {
    const isEvents = isStream || path.includes("alt=sse");
    const response = speak(asking({ url: `https://h.example${path}`, isStream: isEvents }), text)!;
    const contentType = response.headers.get("content-type")!;
    expect(contentType).toBe(isEvents ? "text/event-stream" : "application/json");
    const reader = createResponseReader({ format, contentType });
    reader.push(new Uint8Array(await response.arrayBuffer()));
    expect(reader.end()).toMatchObject({ outcome: "complete" });
  });
});

/** A fetch that lets nobody but the template speak. */
const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const request = new Request(input, init);
  const body = await request.text();
  const json = JSON.parse(body) as { model?: string; stream?: boolean };
  const isStream = json.stream === true || request.url.includes(":stream");
  const { url, method, headers } = request;
  return speak(asking({ url, method, headers, body, json, isStream }), text)!;
};

describe("real clients read it as a model's answer", () => {
  const messages = [{ role: "user" as const, content: "hello" }];

  it("openai, chat completions", async () => {
    const client = new OpenAI({ apiKey: "k", fetch });
    const whole = await client.chat.completions.create({ model: "m", messages });
    expect(whole.choices[0]!.message.content).toBe(text);
    const stream = client.chat.completions.stream({ model: "m", messages });
    expect(await stream.finalContent()).toBe(text);
  });

  it("openai, responses", async () => {
    const client = new OpenAI({ apiKey: "k", fetch });
    const whole = await client.responses.create({ model: "m", input: "hello" });
    expect(whole.output_text).toBe(text);
    const stream = client.responses.stream({ model: "m", input: "hello" });
    expect((await stream.finalResponse()).output_text).toBe(text);
  });

  it("anthropic", async () => {
    const client = new Anthropic({ apiKey: "k", fetch });
    const asked = { model: "m", max_tokens: 10, messages };
    expect((await client.messages.create(asked)).content).toMatchObject([{ text }]);
    expect(await client.messages.stream(asked).finalText()).toBe(text);
  });

  it("google", async () => {
    const client = new GoogleGenAI({ apiKey: "k", httpOptions: { fetch } });
    const asked = { model: "m", contents: "hello" };
    expect((await client.models.generateContent(asked)).text).toBe(text);
    let said = "";
    for await (const part of await client.models.generateContentStream(asked)) said += part.text;
    expect(said).toBe(text);
  });

  it("cohere", async () => {
    const client = new CohereClientV2({ token: "k", fetch });
    const whole = await client.chat({ model: "m", messages });
    expect(whole.message.content).toMatchObject([{ text }]);
    let said = "";
    for await (const event of await client.chatStream({ model: "m", messages })) {
      if (event.type === "content-delta") said += event.delta?.message?.content?.text ?? "";
    }
    expect(said).toBe(text);
  });
});
