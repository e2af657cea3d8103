import type { Format, WireFormat } from "./format.ts";
import { anthropic, recogniseAnthropic } from "./providers/anthropic.ts";
import { bedrock, recogniseBedrock } from "./providers/bedrock.ts";
import { cohere, recogniseCohere } from "./providers/cohere.ts";
import { gemini, recogniseGemini } from "./providers/gemini.ts";
import { openaiResponses, recogniseOpenaiResponses } from "./providers/openai-responses.ts";
import { mistral, openai, recogniseOpenai } from "./providers/openai.ts";

/** How each format is read. */
export const wireFormats: Readonly<Record<Format, WireFormat>> = {
  openai,
  "openai-responses": openaiResponses,
  azure: openai,
  anthropic,
  gemini,
  mistral,
  groq: openai,
  cohere,
  bedrock,
};

/** Every key below which some format has text. */
export const allTextKeys: readonly string[] = [
  ...new Set(Object.values(wireFormats).flatMap(({ textKeys }) => textKeys)),
];

const recognisers: readonly ((value: unknown) => Format | undefined)[] = [
  recogniseOpenai,
  recogniseOpenaiResponses,
  recogniseAnthropic,
  recogniseGemini,
  recogniseCohere,
  recogniseBedrock,
];

/** The format that `value` is decisively of, `undefined` where nothing decides, or `"conflict"` where more than one would. */
export function recognise(value: unknown): Format | "conflict" | undefined {
  let found: Format | undefined;
  for (const recogniser of recognisers) {
    const format = recogniser(value);
    if (format === undefined) continue;
    if (found !== undefined) return "conflict";
    found = format;
  }
  return found;
}
