import { promptTokens, tokenText, type WireEvent } from "./tokens.ts";

const common = { id: "chatcmpl-1", created: 1, model: "loopback" };

function usageOf(tokens: number): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: tokens,
    total_tokens: promptTokens + tokens,
  };
}

/** The body of a chat completion of so many tokens. */
export function openAiCompletion(tokens: number): object {
  const message = { role: "assistant", content: tokenText.repeat(tokens), refusal: null };
  return {
    ...common,
    object: "chat.completion",
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
    usage: usageOf(tokens),
  };
}

/** The events of a streamed chat completion: a role, one chunk a token, a finish reason, usage when asked for, the end marker. */
export function* openAiChunks(tokens: number, withUsage: boolean): Generator<WireEvent> {
  yield { bytes: chunk([choice({ role: "assistant", content: "" }, null)]), isToken: false };
  for (let sent = 0; sent < tokens; sent++) {
    yield { bytes: chunk([choice({ content: tokenText }, null)]), isToken: true };
  }
  yield { bytes: chunk([choice({}, "stop")]), isToken: false };
  if (withUsage) yield { bytes: chunk([], { usage: usageOf(tokens) }), isToken: false };
  yield { bytes: "data: [DONE]\n\n", isToken: false };
}

function chunk(choices: readonly object[], more: object = {}): string {
  const body = { ...common, object: "chat.completion.chunk", choices, ...more };
  return `data: ${JSON.stringify(body)}\n\n`;
}

function choice(delta: object, finish_reason: string | null): object {
  return { index: 0, delta, finish_reason };
}
