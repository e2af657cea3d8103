import { type Finish, finishOf } from "../finish.ts";
import type { Facts, Format, WireFormat } from "../format.ts";
import { argumentsText, isObject, list, member, text } from "../json.ts";
import { errorOf } from "../provider-error.ts";
import { type Counts, figure } from "../usage.ts";

const terminal = new Set(["response.completed", "response.incomplete", "response.failed"]);
const finishes: Readonly<Record<string, Finish>> = {
  completed: "complete",
  failed: "failed",
  cancelled: "failed",
};
const reasons: Readonly<Record<string, Finish>> = {
  max_output_tokens: "cut",
  max_messages: "cut",
  steered: "cut",
  content_filter: "filtered",
};

/**
 * Responses as OpenAI documents them: `response` bodies, and events of which `response.completed`, `response.incomplete` and `response.failed`
 * carry the response with its usage and end the stream.
 */
export const openaiResponses: WireFormat = {
  read,
  ends: "event",
  inputIsFresh: false,
  textKeys: ["delta", "text", "refusal", "arguments", "input", "code", "name"],
  noiseKeys: ["sequence_number", "obfuscation"],
};

/** Whether `value` is decisively of this format. */
export function recogniseOpenaiResponses(value: unknown): Format | undefined {
  const isEvent = text(value, "type").startsWith("response.");
  return isEvent || text(value, "object") === "response" ? "openai-responses" : undefined;
}

function read(value: unknown): Facts {
  const type = text(value, "type");
  if (text(value, "object") === "response")
    return { ...responseFacts(value), text: bodyText(value) };
  if (terminal.has(type)) return { ...responseFacts(member(value, "response")), ended: true };
  const error = errorOf(value);
  if (error !== undefined) return { text: "", error, ended: true };
  // Sound comes as base64, and its tokens are not its letters.
  const isText = type.endsWith(".delta") && !type.endsWith("audio.delta");
  return { text: isText ? text(value, "delta") : "" };
}

function responseFacts(response: unknown): Facts {
  return {
    text: "",
    counts: countsOf(member(response, "usage")),
    choices: [{ index: 0, finish: finish(response) }],
    error: errorOf(response),
  };
}

function finish(response: unknown): Finish | undefined {
  const status = text(response, "status");
  if (status === "in_progress" || status === "queued") return undefined;
  if (status !== "incomplete") return finishOf(status, finishes);
  return finishOf(text(member(response, "incomplete_details"), "reason"), reasons) ?? "cut";
}

function bodyText(response: unknown): string {
  let all = "";
  for (const item of list(response, "output")) {
    for (const part of [...list(item, "content"), ...list(item, "summary")]) {
      all += text(part, "text") + text(part, "refusal");
    }
    all += text(item, "name") + argumentsText(member(item, "arguments")) + text(item, "input");
  }
  return all;
}

function countsOf(usage: unknown): Counts | undefined {
  if (!isObject(usage)) return undefined;
  return {
    input: figure(usage, "input_tokens"),
    output: figure(usage, "output_tokens"),
    cacheReads: figure(usage["input_tokens_details"], "cached_tokens"),
    reasoning: figure(usage["output_tokens_details"], "reasoning_tokens"),
  };
}
