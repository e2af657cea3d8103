import type { Cost } from "../cost.ts";
import type { Format } from "./format.ts";
import { member } from "./json.ts";
import { requestTokens } from "./request-text.ts";
import type { CountTokens } from "./tokens.ts";

/** What a request may use, as a cost to reserve. `tokens` is input and output. */
export interface Estimate extends Cost {
  readonly requests: 1;
  readonly inputTokens: number;
  /** The most that the request allows, for all answers it asks for; or the default where it names no most. */
  readonly outputTokens: number;
  readonly tokens: number;
}

/** Options of `estimate`. */
export interface EstimateOptions {
  /** Counts tokens of text. Default: bytes of UTF-8 / 4, which is characters / 4 in English. */
  readonly count?: CountTokens;
  /** Tokens of output of each answer where the request names no most. Default: 1,024. */
  readonly defaultOutput?: number;
  /** Tokens of input for each image, sound or file. Default: 1,000. */
  readonly imageTokens?: number;
}

/** Estimates a request from its parsed body, which may be anything: it never throws, and its work is bounded. */
export type EstimateRequest = (body: unknown, options?: EstimateOptions) => Estimate;

/** Where a format's request has what. */
interface RequestShape {
  readonly texts: readonly string[];
  readonly schemas: readonly string[];
  /** The first that is a number is the most of one answer. */
  readonly most: readonly string[];
  /** Tokens to think with, which are output; where they exceed the most, they are the most. */
  readonly thinking?: readonly string[];
  readonly answers?: readonly string[];
}

const chat: RequestShape = {
  texts: ["messages", "prompt", "input", "prediction"],
  schemas: ["tools", "functions", "response_format"],
  most: ["max_completion_tokens", "max_tokens"],
  answers: ["n"],
};

const shapes: Readonly<Record<Format, RequestShape>> = {
  openai: chat,
  azure: chat,
  groq: chat,
  mistral: { ...chat, schemas: ["tools", "response_format"] },
  "openai-responses": {
    texts: ["instructions", "input", "prompt"],
    schemas: ["tools", "text"],
    most: ["max_output_tokens"],
  },
  anthropic: {
    texts: ["system", "messages"],
    schemas: ["tools"],
    most: ["max_tokens"],
    thinking: ["thinking.budget_tokens"],
  },
  gemini: {
    texts: ["systemInstruction", "system_instruction", "contents"],
    schemas: ["tools", "generationConfig.responseSchema"],
    most: ["generationConfig.maxOutputTokens", "generation_config.max_output_tokens"],
    thinking: ["generationConfig.thinkingConfig.thinkingBudget"],
    answers: ["generationConfig.candidateCount"],
  },
  cohere: {
    texts: ["messages", "documents", "preamble", "chat_history", "message"],
    schemas: ["tools", "response_format"],
    most: ["max_tokens"],
    thinking: ["thinking.token_budget"],
    answers: ["num_generations"],
  },
  bedrock: {
    texts: ["system", "messages"],
    schemas: ["toolConfig"],
    most: ["inferenceConfig.maxTokens"],
    thinking: ["additionalModelRequestFields.thinking.budget_tokens"],
  },
};

// The most tokens that are believed: far above any window, and small enough that sums stay exact.
const mostTokens = 1e12;
const mostAnswers = 128;

/** For each format what estimates a request's cost, such as `estimate.openai(body)`. */
export const estimate: Readonly<Record<Format, EstimateRequest>> = Object.freeze({
  openai: estimateAs(shapes.openai),
  "openai-responses": estimateAs(shapes["openai-responses"]),
  azure: estimateAs(shapes.azure),
  anthropic: estimateAs(shapes.anthropic),
  gemini: estimateAs(shapes.gemini),
  mistral: estimateAs(shapes.mistral),
  groq: estimateAs(shapes.groq),
  cohere: estimateAs(shapes.cohere),
  bedrock: estimateAs(shapes.bedrock),
});

type Path = readonly string[];

function estimateAs(shape: RequestShape): EstimateRequest {
  const texts = pathsOf(shape.texts);
  const schemas = pathsOf(shape.schemas);
  const most = pathsOf(shape.most);
  const thinkingPaths = pathsOf(shape.thinking ?? []);
  const answerPaths = pathsOf(shape.answers ?? []);
  return (body, { count, defaultOutput = 1_024, imageTokens = 1_000 } = {}) => {
    const tokens = requestTokens(valuesAt(body, texts), valuesAt(body, schemas), {
      count,
      imageTokens: whole(imageTokens) ?? 1_000,
    });
    const inputTokens = Math.min(tokens, mostTokens);
    const named = firstAt(body, most);
    const thinking = firstAt(body, thinkingPaths) ?? 0;
    const otherwise = thinking + (whole(defaultOutput) ?? 1_024);
    const each = named === undefined ? otherwise : Math.max(named, thinking);
    const answers = Math.min(Math.max(firstAt(body, answerPaths) ?? 1, 1), mostAnswers);
    const outputTokens = Math.min(each * answers, mostTokens);
    return { requests: 1, inputTokens, outputTokens, tokens: inputTokens + outputTokens };
  };
}

function pathsOf(texts: readonly string[]): readonly Path[] {
  return texts.map((text) => text.split("."));
}

function at(body: unknown, path: Path): unknown {
  let value = body;
  for (const key of path) value = member(value, key);
  return value;
}

function valuesAt(body: unknown, paths: readonly Path[]): unknown[] {
  const values: unknown[] = [];
  for (const path of paths) {
    const value = at(body, path);
    if (value !== undefined) values.push(value);
  }
  return values;
}

function firstAt(body: unknown, paths: readonly Path[]): number | undefined {
  for (const path of paths) {
    const number = whole(at(body, path));
    if (number !== undefined) return number;
  }
  return undefined;
}

function whole(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0
    ? Math.min(Math.ceil(value), mostTokens)
    : undefined;
}
