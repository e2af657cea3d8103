import type { Finish } from "./finish.ts";
import type { ProviderError } from "./provider-error.ts";
import type { Counts } from "./usage.ts";

/** The wire formats that are read, by the API that documents them. */
export const formats = [
  "openai",
  "openai-responses",
  "azure",
  "anthropic",
  "gemini",
  "mistral",
  "groq",
  "cohere",
  "bedrock",
] as const;

/**
 * A wire format: OpenAI chat completions (and whoever speaks them), OpenAI responses, Azure OpenAI chat, Anthropic messages, Gemini
 * `generateContent`, Mistral chat, Groq chat, Cohere chat, Bedrock Converse.
 */
export type Format = (typeof formats)[number];

/** One of the answers that an event or a body carries, and how it finished, if it has. */
export interface Choice {
  readonly index: number;
  readonly finish: Finish | undefined;
}

/** All that one event of a stream, or one whole body, says. */
export interface Facts {
  /** Text, reasoning and arguments of tool calls that it carries: `""` where it is not content. */
  readonly text: string;
  readonly counts?: Counts | undefined;
  readonly choices?: readonly Choice[] | undefined;
  /** It is the end marker of its format. */
  readonly ended?: boolean | undefined;
  readonly error?: ProviderError | undefined;
}

/** How one wire format is read. Readers are pure, and total: any JSON value is read, nothing throws. */
export interface WireFormat {
  /** The facts of one event's data or of one whole body. `name` is the event's own name. */
  read(value: unknown, name: string): Facts;
  /** What ends a stream: the line `data: [DONE]`, an event of its own, or nothing after the finish reason. */
  readonly ends: "done" | "event" | "finish";
  /** Whether `counts.input` leaves out what the cache read and wrote. */
  readonly inputIsFresh: boolean;
  /** Every key below which `read` takes text from a string. */
  readonly textKeys: readonly string[];
  /** Keys that change from event to event and that `read` never looks at. */
  readonly noiseKeys: readonly string[];
}
