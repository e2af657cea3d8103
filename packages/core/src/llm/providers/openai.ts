import { type Finish, finishOf } from "../finish.ts";
import type { Choice, Facts, Format, WireFormat } from "../format.ts";
import { argumentsText, isObject, list, member, text } from "../json.ts";
import { errorOf, type ProviderError, providerError } from "../provider-error.ts";
import { type Counts, figure } from "../usage.ts";

const finishes: Readonly<Record<string, Finish>> = {
  stop: "complete",
  tool_calls: "complete",
  function_call: "complete",
  length: "cut",
  model_length: "cut",
  content_filter: "filtered",
  error: "failed",
};

/**
 * Chat completions as OpenAI documents them, and as Azure, Groq, Mistral and many others speak them: `chat.completion` bodies,
 * `chat.completion.chunk` events, also the older text completions and embeddings. The line `data: [DONE]` ends a stream.
 */
export const openai: WireFormat = {
  read,
  ends: "done",
  inputIsFresh: false,
  textKeys: [
    "content",
    "text",
    "refusal",
    "reasoning",
    "reasoning_content",
    "thinking",
    "arguments",
    "name",
    "transcript",
  ],
  noiseKeys: ["created", "obfuscation", "p"],
};

/** As `openai`; a stream is whole with its finish reason, for the documented client does not ask for the `[DONE]`. */
export const mistral: WireFormat = { ...openai, ends: "finish" };

/** Which of the family's formats `value` is decisively one of. */
export function recogniseOpenai(value: unknown): Format | undefined {
  const choices = member(value, "choices");
  const kind = text(value, "object");
  const isEmbedding = kind === "list" && isObject(member(value, "usage"));
  if (!Array.isArray(choices) && !isEmbedding && kind !== "chat.completion.chunk") return undefined;
  if (isObject(member(value, "x_groq"))) return "groq";
  const isFiltered = list(value, "choices").some((choice) =>
    isObject(member(choice, "content_filter_results")),
  );
  return isFiltered || list(value, "prompt_filter_results").length > 0 ? "azure" : "openai";
}

function read(value: unknown): Facts {
  const groq = member(value, "x_groq");
  const usage = member(value, "usage");
  let content = "";
  const choices: Choice[] = [];
  for (const choice of list(value, "choices")) {
    content += choiceText(choice);
    const finish = finishOf(member(choice, "finish_reason"), finishes);
    choices.push({ index: figure(choice, "index") ?? 0, finish });
  }
  const error = errorOf(value) ?? groqError(groq);
  if (error?.code === "content_filter") choices.push({ index: 0, finish: "filtered" });
  const counts = countsOf(isObject(usage) ? usage : member(groq, "usage"));
  return { text: content, counts, choices, error };
}

function groqError(groq: unknown): ProviderError | undefined {
  const error = member(groq, "error");
  return typeof error === "string" ? providerError(undefined, error) : errorOf(groq);
}

function choiceText(choice: unknown): string {
  const delta = member(choice, "delta") ?? member(choice, "message");
  if (!isObject(delta)) return text(choice, "text");
  const reasoning = text(delta, "reasoning_content") || text(delta, "reasoning");
  let all = contentText(delta["content"]) + reasoning + text(delta, "refusal");
  for (const call of list(delta, "tool_calls")) all += callText(member(call, "function"));
  return all + callText(delta["function_call"]) + text(delta["audio"], "transcript");
}

function callText(call: unknown): string {
  return text(call, "name") + argumentsText(member(call, "arguments"));
}

// A string, or the list of parts in which Mistral tells thinking from text.
function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  let all = "";
  for (const part of content) {
    all += text(part, "text") + text(part, "thinking");
    for (const thought of list(part, "thinking")) all += text(thought, "text");
  }
  return all;
}

function countsOf(usage: unknown): Counts | undefined {
  if (!isObject(usage)) return undefined;
  const input = figure(usage, "prompt_tokens");
  const completion = figure(usage, "completion_tokens");
  const total = figure(usage, "total_tokens");
  const reads = usage["prompt_tokens_details"];
  return {
    input,
    // Some who speak the format leave reasoning out of completion_tokens, and only in the total is it billed.
    output:
      input === undefined || total === undefined
        ? completion
        : Math.max(completion ?? 0, total - input),
    cacheReads: figure(reads, "cached_tokens") ?? figure(usage, "prompt_cache_hit_tokens"),
    cacheWrites: figure(reads, "cache_write_tokens"),
    reasoning: figure(usage["completion_tokens_details"], "reasoning_tokens"),
  };
}
