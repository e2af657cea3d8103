import {
  createResponseReader,
  type Estimate,
  estimate,
  type EstimateOptions,
  type Format,
  formats,
  spent,
} from "@sluice/core/llm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readSplit } from "./feed.ts";
import { json, jsonType, stream } from "./recordings/recording.ts";

const forty = "x".repeat(40);
const image = {
  type: "image_url",
  image_url: { url: `data:image/png;base64,${"A".repeat(9_000)}` },
};

function cost(inputTokens: number, outputTokens: number): Estimate {
  return { requests: 1, inputTokens, outputTokens, tokens: inputTokens + outputTokens };
}

describe("an estimate", () => {
  it.each<[Format, unknown, number, number]>([
    ["openai", { messages: [{ role: "user", content: forty }], max_tokens: 100 }, 14, 100],
    [
      "openai",
      {
        messages: [{ role: "user", content: forty }],
        max_tokens: 9,
        max_completion_tokens: 100,
        n: 3,
      },
      14,
      300,
    ],
    [
      "openai",
      {
        messages: [{ role: "user", content: [{ type: "text", text: forty }, image] }],
        max_tokens: null,
      },
      1_014,
      1_024,
    ],
    ["openai", { prompt: forty, max_tokens: 0 }, 10, 0],
    ["openai", { input: [forty, forty] }, 20, 1_024],
    ["openai", { input: [1, 2, 3] }, 3, 1_024],
    [
      "openai",
      {
        messages: [{ role: "user", content: forty }],
        tools: [{ type: "function", function: { name: "four", description: forty } }],
      },
      34,
      1_024,
    ],
    ["azure", { messages: [{ role: "user", content: "日本語日" }], max_tokens: 7 }, 7, 7],
    ["groq", { messages: [], max_tokens: 7 }, 0, 7],
    ["mistral", { messages: [], max_tokens: 7 }, 0, 7],
    [
      "openai-responses",
      {
        instructions: forty,
        input: [
          {
            role: "user",
            content: [
              { type: "input_text", text: forty },
              { type: "input_image", image_url: "https://…" },
            ],
          },
        ],
        max_output_tokens: 50,
      },
      1_024,
      50,
    ],
    [
      "anthropic",
      {
        system: forty,
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: forty },
              { type: "image", source: { type: "base64", data: "AAAA".repeat(99) } },
            ],
          },
        ],
        max_tokens: 64,
      },
      1_024,
      64,
    ],
    [
      "anthropic",
      { messages: [], max_tokens: 64, thinking: { type: "enabled", budget_tokens: 2_000 } },
      0,
      2_000,
    ],
    [
      "gemini",
      {
        systemInstruction: { parts: [{ text: forty }] },
        contents: [
          {
            role: "user",
            parts: [
              { text: forty },
              { inlineData: { mimeType: "image/png", data: "A".repeat(999) } },
            ],
          },
        ],
        generationConfig: { maxOutputTokens: 20, candidateCount: 2 },
      },
      1_028,
      40,
    ],
    [
      "gemini",
      { contents: [], generationConfig: { thinkingConfig: { thinkingBudget: 500 } } },
      0,
      1_524,
    ],
    ["cohere", { messages: [{ role: "user", content: forty }], max_tokens: 5 }, 14, 5],
    [
      "bedrock",
      {
        system: [{ text: forty }],
        messages: [
          {
            role: "user",
            content: [{ text: forty }, { image: { format: "png", source: { bytes: "AAAA" } } }],
          },
        ],
        inferenceConfig: { maxTokens: 30 },
      },
      1_028,
      30,
    ],
  ])("in the form of %s", (format, body, input, output) => {
    expect(estimate[format](body)).toStrictEqual(cost(input, output));
  });

  it.each<[EstimateOptions, Estimate]>([
    [{ count: (text) => text.length }, cost(44, 1_024)],
    [{ count: () => Number.NaN }, cost(14, 1_024)],
    [
      {
        count: () => {
          throw new Error("no");
        },
      },
      cost(14, 1_024),
    ],
    [{ defaultOutput: 256 }, cost(14, 256)],
    [{ defaultOutput: Number.NaN, imageTokens: -1 }, cost(14, 1_024)],
  ])("with %j", (options, expected) => {
    expect(estimate.openai({ messages: [{ content: forty }] }, options)).toStrictEqual(expected);
  });

  it.each([[Number.NaN], [-1], [Infinity * -1], ["100"], [{}], [true]])(
    "takes the default where the most is %j",
    (max_tokens) => {
      expect(estimate.openai({ max_tokens }).outputTokens).toBe(1_024);
    },
  );

  it.each([[1e300], [Infinity], [Number.MAX_VALUE]])(
    "believes no more than 10¹² tokens of %d",
    (max_tokens) => {
      expect(estimate.openai({ max_tokens, n: 1e9 })).toStrictEqual(cost(0, 1e12));
    },
  );

  it("is a cost for anything at all, and never throws", () => {
    const hostile = fc.anything({
      maxDepth: 6,
      withBigInt: true,
      withNullPrototype: true,
      withObjectString: true,
    });
    const body = fc.oneof(
      hostile,
      fc.record({
        messages: hostile,
        max_tokens: hostile,
        n: hostile,
        tools: hostile,
        thinking: hostile,
        generationConfig: hostile,
        contents: hostile,
        inferenceConfig: hostile,
      }),
    );
    fc.assert(
      fc.property(body, fc.constantFrom(...formats), (one, format) => {
        for (const amount of Object.values(estimate[format](one))) {
          expect(Number.isSafeInteger(amount) && amount! >= 0).toBe(true);
        }
      }),
    );
  });

  it("is bounded for a body that is deep, wide, long, or contains itself", () => {
    let deep: unknown = forty;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    const circle: Record<string, unknown> = {};
    circle["messages"] = [circle, circle, circle];
    const wide = Array.from({ length: 1_000_000 }, () => 1);
    for (const messages of [deep, circle, wide, "x".repeat(20_000_000)]) {
      expect(Number.isSafeInteger(estimate.openai({ messages }).tokens)).toBe(true);
    }
    expect(estimate.openai({ input: wide }).inputTokens).toBe(1_000_000);
    expect(estimate.openai({ input: "x".repeat(20_000_000) }).inputTokens).toBe(5_000_000);
  });
});

describe("what was spent", () => {
  const reserved = cost(50, 1_000);
  const head = { object: "chat.completion.chunk" };
  const text = { ...head, choices: [{ index: 0, delta: { content: forty } }] };

  it("is the provider's count", () => {
    const usage = {
      prompt_tokens: 7,
      completion_tokens: 3,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: 4 },
    };
    const reading = readSplit(stream(text, { ...head, choices: [], usage }), []);
    expect(spent(reading, reserved)).toStrictEqual({ ...cost(7, 3), cachedTokens: 4 });
  });

  it("is what streamed, and the input that was reserved, where there is no count", () => {
    const reading = readSplit(stream(text), []);
    expect(spent(reading, reserved)).toStrictEqual({ ...cost(50, 10), cachedTokens: 0 });
    expect(spent(reading)).toStrictEqual({ ...cost(0, 10), cachedTokens: 0 });
  });

  it("is nothing for an error before any text, but what streamed for one after it", () => {
    const error = { error: { message: "no", type: "overloaded_error" } };
    expect(spent(readSplit(json(error), [], { contentType: jsonType }), reserved).tokens).toBe(0);
    expect(spent(readSplit(stream(error), []), reserved).tokens).toBe(0);
    expect(spent(readSplit(stream(text, error), []), reserved).tokens).toBe(60);
  });

  it("is what a reader counts with the caller's tokenizer, also where an event is not parsed", () => {
    const many = stream(
      ...Array.from({ length: 20 }, (_, at) => ({
        ...head,
        choices: [{ index: 0, delta: { content: `"${"a".repeat(at)}\n` } }],
      })),
    );
    const reader = createResponseReader({ count: (part) => part.length });
    reader.push(many);
    expect(reader.progress.outputTokens).toBe(190 + 40);
  });
});
