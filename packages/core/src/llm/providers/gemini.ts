import { type Finish, finishOf } from "../finish.ts";
import type { Choice, Facts, Format, WireFormat } from "../format.ts";
import { argumentsText, isObject, list, member, text } from "../json.ts";
import { errorOf } from "../provider-error.ts";
import { type Counts, figure, sum } from "../usage.ts";

const finishes: Readonly<Record<string, Finish>> = {
  STOP: "complete",
  MAX_TOKENS: "cut",
  SAFETY: "filtered",
  RECITATION: "filtered",
  BLOCKLIST: "filtered",
  PROHIBITED_CONTENT: "filtered",
  SPII: "filtered",
  LANGUAGE: "filtered",
  IMAGE_SAFETY: "filtered",
  IMAGE_PROHIBITED_CONTENT: "filtered",
  IMAGE_RECITATION: "filtered",
  MALFORMED_FUNCTION_CALL: "failed",
  MALFORMED_RESPONSE: "failed",
  UNEXPECTED_TOOL_CALL: "failed",
  TOO_MANY_TOOL_CALLS: "failed",
  IMAGE_OTHER: "failed",
  NO_IMAGE: "failed",
  OTHER: "failed",
  CONTINUATION: "failed",
};

/**
 * `generateContent` and `streamGenerateContent` as Google documents them: events, or the elements of a list where `alt=sse` is not asked for. Usage
 * is cumulative; thoughts are billed as output beside `candidatesTokenCount`, tool results as input beside `promptTokenCount`. No marker ends a
 * stream: its last event has the finish reason. A blocked prompt has no candidates and is filtered.
 */
export const gemini: WireFormat = {
  read,
  ends: "finish",
  inputIsFresh: false,
  textKeys: ["text", "name", "args", "code", "output"],
  noiseKeys: [],
};

/** Whether `value` is decisively of this format. */
export function recogniseGemini(value: unknown): Format | undefined {
  const isOne =
    Array.isArray(member(value, "candidates")) ||
    isObject(member(value, "usageMetadata")) ||
    isObject(member(value, "promptFeedback"));
  return isOne ? "gemini" : undefined;
}

function read(value: unknown): Facts {
  let content = "";
  const choices: Choice[] = [];
  for (const candidate of list(value, "candidates")) {
    for (const part of list(member(candidate, "content"), "parts")) content += partText(part);
    const finish = finishOf(reasonOf(candidate), finishes);
    choices.push({ index: figure(candidate, "index") ?? 0, finish });
  }
  const blocked = text(member(value, "promptFeedback"), "blockReason");
  if (blocked !== "" && blocked !== "BLOCK_REASON_UNSPECIFIED") {
    choices.push({ index: 0, finish: "filtered" });
  }
  const counts = countsOf(member(value, "usageMetadata"));
  return { text: content, counts, choices, error: errorOf(value) };
}

function reasonOf(candidate: unknown): unknown {
  const reason = member(candidate, "finishReason");
  return reason === "FINISH_REASON_UNSPECIFIED" ? undefined : reason;
}

function partText(part: unknown): string {
  const call = member(part, "functionCall");
  const called = text(call, "name") + argumentsText(member(call, "args"));
  const code = text(member(part, "executableCode"), "code");
  return text(part, "text") + called + code;
}

function countsOf(usage: unknown): Counts | undefined {
  if (!isObject(usage)) return undefined;
  const thoughts = figure(usage, "thoughtsTokenCount");
  return {
    input: sum(figure(usage, "promptTokenCount"), figure(usage, "toolUsePromptTokenCount")),
    output: sum(figure(usage, "candidatesTokenCount"), thoughts),
    cacheReads: figure(usage, "cachedContentTokenCount"),
    reasoning: thoughts,
  };
}
