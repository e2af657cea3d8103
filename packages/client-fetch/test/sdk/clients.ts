import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { ChatOpenAI } from "@langchain/openai";
import { HTTPClient, Mistral } from "@mistralai/mistralai";
import { generateText, streamText } from "ai";
import { CohereClientV2 } from "cohere-ai";
import Groq from "groq-sdk";
import OpenAI from "openai";

type Fetch = typeof globalThis.fetch;

/** One client, as a user has it: its own retries on. */
export interface Client {
  readonly name: string;
  /** Which provider it speaks to. */
  readonly wire: "openai" | "anthropic" | "gemini" | "cohere";
  /** The answer to one prompt. */
  ask(fetch: Fetch, url: string): Promise<string>;
  /** The same, streamed and joined. */
  stream(fetch: Fetch, url: string): Promise<string>;
}

const model = "tiny-1";
const prompt = "Say hello.";
const messages = [{ role: "user" as const, content: prompt }];

function textOf(content: unknown): string {
  return typeof content === "string" ? content : "";
}

async function joined<T>(stream: AsyncIterable<T>, text: (part: T) => unknown): Promise<string> {
  let all = "";
  for await (const part of stream) {
    const one = text(part);
    if (typeof one === "string") all += one;
  }
  return all;
}

export const clients: readonly Client[] = [
  {
    name: "openai",
    wire: "openai",
    async ask(fetch, url) {
      const client = new OpenAI({ apiKey: "k", baseURL: `${url}/v1`, fetch });
      const answer = await client.chat.completions.create({ model, messages });
      return answer.choices[0]?.message.content ?? "";
    },
    async stream(fetch, url) {
      const client = new OpenAI({ apiKey: "k", baseURL: `${url}/v1`, fetch });
      const stream = await client.chat.completions.create({ model, messages, stream: true });
      return joined(stream, (chunk) => chunk.choices[0]?.delta.content);
    },
  },
  {
    name: "@anthropic-ai/sdk",
    wire: "anthropic",
    async ask(fetch, url) {
      const client = new Anthropic({ apiKey: "k", baseURL: url, fetch });
      const answer = await client.messages.create({ model, max_tokens: 50, messages });
      return answer.content.map((part) => (part.type === "text" ? part.text : "")).join("");
    },
    async stream(fetch, url) {
      const client = new Anthropic({ apiKey: "k", baseURL: url, fetch });
      const stream = await client.messages.create({
        model,
        max_tokens: 50,
        messages,
        stream: true,
      });
      return joined(stream, (event) =>
        event.type === "content_block_delta" && event.delta.type === "text_delta"
          ? event.delta.text
          : undefined,
      );
    },
  },
  {
    name: "groq-sdk",
    wire: "openai",
    async ask(fetch, url) {
      const client = new Groq({ apiKey: "k", baseURL: url, fetch });
      const answer = await client.chat.completions.create({ model, messages });
      return answer.choices[0]?.message.content ?? "";
    },
    async stream(fetch, url) {
      const client = new Groq({ apiKey: "k", baseURL: url, fetch });
      const stream = await client.chat.completions.create({ model, messages, stream: true });
      return joined(stream, (chunk) => chunk.choices[0]?.delta.content);
    },
  },
  {
    name: "ai",
    wire: "openai",
    async ask(fetch, url) {
      const provider = createOpenAI({ apiKey: "k", baseURL: `${url}/v1`, fetch });
      const { text } = await generateText({ model: provider.chat(model), prompt });
      return text;
    },
    async stream(fetch, url) {
      const provider = createOpenAI({ apiKey: "k", baseURL: `${url}/v1`, fetch });
      let failure: unknown;
      const { textStream } = streamText({
        model: provider.chat(model),
        prompt,
        onError: ({ error }) => void (failure = error),
      });
      const text = await joined(textStream, (part) => part);
      if (failure !== undefined) throw failure;
      return text;
    },
  },
  {
    name: "@google/genai",
    wire: "gemini",
    async ask(fetch, url) {
      const client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: url, fetch } });
      const answer = await client.models.generateContent({ model, contents: prompt });
      return answer.text ?? "";
    },
    async stream(fetch, url) {
      const client = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: url, fetch } });
      const stream = await client.models.generateContentStream({ model, contents: prompt });
      return joined(stream, (chunk) => chunk.text);
    },
  },
  {
    name: "@mistralai/mistralai",
    wire: "openai",
    async ask(fetch, url) {
      const httpClient = new HTTPClient({ fetcher: fetch });
      const client = new Mistral({ apiKey: "k", serverURL: url, httpClient });
      const answer = await client.chat.complete({ model, messages });
      return textOf(answer.choices[0]?.message?.content);
    },
    async stream(fetch, url) {
      const httpClient = new HTTPClient({ fetcher: fetch });
      const client = new Mistral({ apiKey: "k", serverURL: url, httpClient });
      const stream = await client.chat.stream({ model, messages });
      return joined(stream, (event) => event.data.choices[0]?.delta.content);
    },
  },
  {
    name: "cohere-ai",
    wire: "cohere",
    async ask(fetch, url) {
      const client = new CohereClientV2({ token: "k", environment: url, fetch });
      const answer = await client.chat({ model, messages });
      const [part] = answer.message.content ?? [];
      return part?.type === "text" ? part.text : "";
    },
    async stream(fetch, url) {
      const client = new CohereClientV2({ token: "k", environment: url, fetch });
      const stream = await client.chatStream({ model, messages });
      return joined(stream, (event) =>
        event.type === "content-delta" ? event.delta?.message?.content?.text : undefined,
      );
    },
  },
  {
    name: "@langchain/openai",
    wire: "openai",
    async ask(fetch, url) {
      const chat = new ChatOpenAI({
        model,
        apiKey: "k",
        configuration: { baseURL: `${url}/v1`, fetch },
      });
      return textOf((await chat.invoke(prompt)).content);
    },
    async stream(fetch, url) {
      const chat = new ChatOpenAI({
        model,
        apiKey: "k",
        configuration: { baseURL: `${url}/v1`, fetch },
      });
      return joined(await chat.stream(prompt), (chunk) => chunk.content);
    },
  },
];
