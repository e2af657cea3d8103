import { type Finish, finishOf } from "../finish.ts";
import type { Facts, Format, WireFormat } from "../format.ts";
import { argumentsText, isObject, list, member, text } from "../json.ts";
import { errorOf, providerError } from "../provider-error.ts";
import { type Counts, figure } from "../usage.ts";

const finishes: Readonly<Record<string, Finish>> = {
  COMPLETE: "complete",
  STOP_SEQUENCE: "complete",
  TOOL_CALL: "complete",
  MAX_TOKENS: "cut",
  ERROR_LIMIT: "cut",
  ERROR_TOXIC: "filtered",
  USER_CANCEL: "failed",
  ERROR: "failed",
  TIMEOUT: "failed",
};

/**
 * Chat as Cohere documents it: version 2, events from `message-start` to `message-end`, and version 1, whose events (`event_type`) may come one
 * to a line. What is billed is read (`billed_units`), and only where it is missing all tokens.
 */
export const cohere: WireFormat = {
  read,
  ends: "event",
  inputIsFresh: false,
  textKeys: ["text", "thinking", "tool_plan", "arguments", "name", "content"],
  noiseKeys: [],
};

const types = new Set([
  "message-start",
  "content-start",
  "content-delta",
  "content-end",
  "tool-plan-delta",
  "tool-call-start",
  "tool-call-delta",
  "tool-call-end",
  "message-end",
]);

/** Whether `value` is decisively of this format. */
export function recogniseCohere(value: unknown): Format | undefined {
  const isEvent = types.has(text(value, "type")) || text(value, "event_type") !== "";
  const usage = member(value, "usage") ?? member(value, "meta");
  const isBody = isObject(member(usage, "billed_units"));
  return isEvent || isBody ? "cohere" : undefined;
}

function read(value: unknown): Facts {
  const version1 = text(value, "event_type");
  if (version1 !== "") return readVersion1(version1, value);
  const type = text(value, "type");
  if (type === "message-end") return endFacts(member(value, "delta"));
  if (type !== "") {
    const message = member(member(value, "delta"), "message");
    return { text: messageText(message), error: errorOf(value) };
  }
  const message = member(value, "message");
  if (isObject(message)) return { ...finishing(value), text: messageText(message) };
  const content = text(value, "text");
  if (content !== "" || isObject(member(value, "meta")))
    return { ...finishing(value), text: content };
  // An error body is a message and nothing else.
  const error =
    errorOf(value) ?? (message === undefined ? undefined : providerError(undefined, message));
  return { text: "", error };
}

function endFacts(delta: unknown): Facts {
  const error = text(delta, "error");
  return {
    ...finishing(delta),
    ended: true,
    error: error === "" ? undefined : providerError(undefined, error),
  };
}

function readVersion1(type: string, value: unknown): Facts {
  if (type === "stream-end") {
    const finish = finishOf(member(value, "finish_reason"), finishes);
    return {
      ...finishing(member(value, "response")),
      choices: [{ index: 0, finish }],
      ended: true,
    };
  }
  return { text: type === "text-generation" ? text(value, "text") : "" };
}

function finishing(holder: unknown): Facts {
  const finish = finishOf(member(holder, "finish_reason"), finishes);
  const usage = member(holder, "usage") ?? member(holder, "meta");
  return { text: "", counts: countsOf(usage), choices: [{ index: 0, finish }] };
}

// In events a part and a call are objects, in bodies lists of them.
function messageText(message: unknown): string {
  let all = text(message, "tool_plan") + text(message, "content");
  for (const part of each(message, "content")) all += text(part, "text") + text(part, "thinking");
  for (const call of each(message, "tool_calls")) {
    const called = member(call, "function");
    all += text(called, "name") + argumentsText(member(called, "arguments"));
  }
  return all;
}

function each(value: unknown, key: string): readonly unknown[] {
  const found = member(value, key);
  return isObject(found) ? [found] : list(value, key);
}

function countsOf(usage: unknown): Counts | undefined {
  if (!isObject(usage)) return undefined;
  const billed = usage["billed_units"];
  const all = usage["tokens"];
  return {
    input: figure(billed, "input_tokens") ?? figure(all, "input_tokens"),
    output: figure(billed, "output_tokens") ?? figure(all, "output_tokens"),
    cacheReads: figure(usage, "cached_tokens"),
  };
}
