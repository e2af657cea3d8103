import { type Finish, finishOf } from "../finish.ts";
import type { Facts, Format, WireFormat } from "../format.ts";
import { argumentsText, isObject, list, member, text } from "../json.ts";
import { errorOf, providerError } from "../provider-error.ts";
import { type Counts, figure } from "../usage.ts";

const finishes: Readonly<Record<string, Finish>> = {
  end_turn: "complete",
  tool_use: "complete",
  stop_sequence: "complete",
  max_tokens: "cut",
  model_context_window_exceeded: "cut",
  content_filtered: "filtered",
  guardrail_intervened: "filtered",
  malformed_model_output: "failed",
  malformed_tool_use: "failed",
};

/**
 * Converse as Amazon documents it: bodies, and messages of an AWS event stream, whose `:event-type` is the event's name. `messageStop` ends a
 * stream; usage comes after it, with `metadata`. `inputTokens` leaves out what the cache read and wrote.
 */
export const bedrock: WireFormat = {
  read,
  ends: "event",
  inputIsFresh: true,
  textKeys: ["text", "input", "name"],
  noiseKeys: [],
};

/** Whether `value` is decisively a body of this format. Its events are by their framing. */
export function recogniseBedrock(value: unknown): Format | undefined {
  const output = member(member(value, "output"), "message");
  return isObject(output) && text(value, "stopReason") !== "" ? "bedrock" : undefined;
}

const names = new Set([
  "messageStart",
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
  "messageStop",
  "metadata",
]);

function read(value: unknown, name: string): Facts {
  switch (name) {
    case "contentBlockStart":
      return { text: text(member(member(value, "start"), "toolUse"), "name") };
    case "contentBlockDelta":
      return { text: blockText(member(value, "delta")) };
    case "messageStop":
      return { text: "", choices: [choice(value)], ended: true };
    case "metadata":
      return { text: "", counts: countsOf(member(value, "usage")) };
    case "":
      return bodyFacts(value);
    default:
      // What is no event of the format is an exception, named after its type.
      return names.has(name)
        ? { text: "" }
        : { text: "", error: providerError(name, member(value, "message")) };
  }
}

function bodyFacts(value: unknown): Facts {
  const message = member(member(value, "output"), "message");
  return {
    text: list(message, "content").map(blockText).join(""),
    counts: countsOf(member(value, "usage")),
    choices: isObject(message) ? [choice(value)] : [],
    error: errorOf(value) ?? exception(value),
  };
}

// The body of an error is a message, in one case or the other, and nothing else that is known.
function exception(value: unknown): Facts["error"] {
  const message = text(value, "message") || text(value, "Message");
  return message === "" ? undefined : providerError(member(value, "__type"), message);
}

function choice(value: unknown): { index: number; finish: Finish | undefined } {
  return { index: 0, finish: finishOf(member(value, "stopReason"), finishes) };
}

function blockText(block: unknown): string {
  const tool = member(block, "toolUse");
  const reasoning = member(block, "reasoningContent");
  const thought = text(reasoning, "text") + text(member(reasoning, "reasoningText"), "text");
  return text(block, "text") + thought + text(tool, "name") + argumentsText(member(tool, "input"));
}

function countsOf(usage: unknown): Counts | undefined {
  if (!isObject(usage)) return undefined;
  return {
    input: figure(usage, "inputTokens"),
    output: figure(usage, "outputTokens"),
    cacheReads: figure(usage, "cacheReadInputTokens"),
    cacheWrites: figure(usage, "cacheWriteInputTokens"),
  };
}
