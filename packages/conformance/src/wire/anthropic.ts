import { promptTokens, tokenText, type WireEvent } from "./tokens.ts";

const common = { id: "msg_1", type: "message", role: "assistant", model: "loopback" };

/** The body of a message of so many tokens. */
export function anthropicMessage(tokens: number): object {
  return {
    ...common,
    content: [{ type: "text", text: tokenText.repeat(tokens) }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: promptTokens, output_tokens: tokens },
  };
}

/** The events of a streamed message: usage of the prompt first, one delta a token, then the usage of the answer. */
export function* anthropicEvents(tokens: number): Generator<WireEvent> {
  const usage = { input_tokens: promptTokens, output_tokens: 1 };
  const message = { ...common, content: [], stop_reason: null, stop_sequence: null, usage };
  yield { bytes: event("message_start", { message }), isToken: false };
  const content_block = { type: "text", text: "" };
  yield { bytes: event("content_block_start", { index: 0, content_block }), isToken: false };
  yield { bytes: event("ping"), isToken: false };
  for (let sent = 0; sent < tokens; sent++) {
    const delta = { type: "text_delta", text: tokenText };
    yield { bytes: event("content_block_delta", { index: 0, delta }), isToken: true };
  }
  yield { bytes: event("content_block_stop", { index: 0 }), isToken: false };
  const delta = { stop_reason: "end_turn", stop_sequence: null };
  const bytes = event("message_delta", { delta, usage: { output_tokens: tokens } });
  yield { bytes, isToken: false };
  yield { bytes: event("message_stop"), isToken: false };
}

function event(type: string, more: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
}
