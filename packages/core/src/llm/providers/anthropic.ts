import { type Finish, finishOf } from "../finish.ts";
import type { Facts, Format, WireFormat } from "../format.ts";
import { argumentsText, isObject, list, member, text } from "../json.ts";
import { errorOf } from "../provider-error.ts";
import { type Counts, figure } from "../usage.ts";

const finishes: Readonly<Record<string, Finish>> = {
  end_turn: "complete",
  stop_sequence: "complete",
  tool_use: "complete",
  pause_turn: "complete",
  compaction: "complete",
  max_tokens: "cut",
  model_context_window_exceeded: "cut",
  refusal: "filtered",
};

/**
 * Messages as Anthropic documents them: `message` bodies, and events from `message_start` to `message_stop`. Usage comes with the first event, and
 * cumulative with `message_delta`; `input_tokens` leaves out what the cache read and wrote; thinking is part of `output_tokens`.
 */
export const anthropic: WireFormat = {
  read,
  ends: "event",
  inputIsFresh: true,
  textKeys: ["text", "thinking", "partial_json", "name", "input", "content"],
  noiseKeys: [],
};

const types = new Set([
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop",
]);

/** Whether `value` is decisively of this format. Pings and errors are not. */
export function recogniseAnthropic(value: unknown): Format | undefined {
  const type = text(value, "type");
  const isBody = type === "message" && text(value, "role") === "assistant";
  return types.has(type) || isBody ? "anthropic" : undefined;
}

function read(value: unknown): Facts {
  switch (text(value, "type")) {
    case "message":
      return { ...messageFacts(value), text: list(value, "content").map(blockText).join("") };
    case "message_start":
      return messageFacts(member(value, "message"));
    case "content_block_start":
      return { text: blockText(member(value, "content_block")) };
    case "content_block_delta": {
      const delta = member(value, "delta");
      return { text: text(delta, "text") + text(delta, "thinking") + text(delta, "partial_json") };
    }
    case "message_delta":
      return finishing(member(value, "delta"), member(value, "usage"));
    case "message_stop":
      return { text: "", ended: true };
    default:
      return { text: "", error: errorOf(value) };
  }
}

function messageFacts(message: unknown): Facts {
  return finishing(message, member(message, "usage"));
}

function finishing(holder: unknown, usage: unknown): Facts {
  const finish = finishOf(member(holder, "stop_reason"), finishes);
  return { text: "", counts: countsOf(usage), choices: [{ index: 0, finish }] };
}

function blockText(block: unknown): string {
  const tool = text(block, "name") + argumentsText(member(block, "input"));
  return text(block, "text") + text(block, "thinking") + tool;
}

function countsOf(usage: unknown): Counts | undefined {
  if (!isObject(usage)) return undefined;
  return {
    input: figure(usage, "input_tokens"),
    output: figure(usage, "output_tokens"),
    cacheReads: figure(usage, "cache_read_input_tokens"),
    cacheWrites: figure(usage, "cache_creation_input_tokens"),
  };
}
