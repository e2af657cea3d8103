import type { Progress } from "../llm/index.ts";

// A global of every runtime that is not in the language's own library.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

/** What ends a stream as its provider does when the answer has got too long; nothing where the end itself says so. */
export function closingOf(progress: Progress, type: string | undefined): Uint8Array {
  const isEvents = type !== undefined && /^\s*text\/event-stream\b/i.test(type);
  return new TextEncoder().encode(isEvents ? eventsOf(progress) : "");
}

function eventsOf({ format, outputTokens }: Progress): string {
  switch (format) {
    case "openai":
    case "azure":
    case "mistral":
    case "groq":
      return `${dataOf({
        id: "",
        object: "chat.completion.chunk",
        created: Math.floor(Date.now() / 1000),
        model: "",
        choices: [{ index: 0, delta: {}, finish_reason: "length" }],
      })}data: [DONE]\n\n`;
    case "openai-responses":
      return namedOf("response.incomplete", {
        response: {
          object: "response",
          status: "incomplete",
          incomplete_details: { reason: "max_output_tokens" },
          output: [],
        },
      });
    case "anthropic":
      return (
        namedOf("message_delta", {
          delta: { stop_reason: "max_tokens", stop_sequence: null },
          usage: { output_tokens: outputTokens },
        }) + namedOf("message_stop", {})
      );
    case "gemini":
      return dataOf({ candidates: [{ index: 0, finishReason: "MAX_TOKENS" }] });
    case "cohere":
      return namedOf("message-end", { delta: { finish_reason: "MAX_TOKENS" } });
    case "bedrock":
    case undefined:
      return "";
  }
}

function dataOf(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function namedOf(type: string, rest: object): string {
  return `event: ${type}\n${dataOf({ type, ...rest })}`;
}
