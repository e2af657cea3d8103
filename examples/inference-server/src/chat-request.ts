import { maxTokens } from "./plan.ts";

/** A chat completion request, as much of it as is read here; the rest is passed on as it came. */
export interface ChatRequest {
  readonly model?: string;
  readonly messages: readonly { readonly role: string; readonly content: string | TextPart[] }[];
  readonly max_tokens?: number | null;
  readonly max_completion_tokens?: number | null;
  readonly n?: number | null;
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
}

interface TextPart {
  readonly type: "text";
  readonly text: string;
}

/** Has room for a prompt of a million tokens. */
export const bodyLimit = "8mb";
/** Of one request, as OpenAI has it. */
const mostAnswers = 128;

/** `body` as a request, or what is wrong with it. */
export function readChatRequest(body: unknown): ChatRequest | string {
  if (!isRecord(body)) return "the body must be a JSON object";
  const { messages, n } = body;
  if (!Array.isArray(messages) || messages.length === 0) return "messages must be a list";
  if (!messages.every((message) => isRecord(message) && isContent(message["content"]))) {
    return "the content of every message must be a string or a list of text parts";
  }
  for (const name of ["max_tokens", "max_completion_tokens"]) {
    if (!isCount(body[name], Number.MAX_SAFE_INTEGER)) return `${name} must be a positive integer`;
  }
  if (!isCount(n, mostAnswers)) return `n must be a positive integer of at most ${mostAnswers}`;
  return body as unknown as ChatRequest;
}

/** `request` with a bound on its answer: what was not asked for is bounded all the same. */
export function bounded(request: ChatRequest): ChatRequest {
  return mostGenerated(request) === Infinity ? { ...request, max_tokens: maxTokens } : request;
}

/** What one answer may have at most. */
export function mostGenerated(request: ChatRequest): number {
  const { max_tokens: most, max_completion_tokens: mostCompletion } = request;
  return Math.max(most ?? 0, mostCompletion ?? 0) || Infinity;
}

/** The tokens of a request's prompt, at four characters each, which the stand-in's tokens have. */
export function promptTokens({ messages }: ChatRequest): number {
  const texts = messages.flatMap(({ content }) =>
    typeof content === "string" ? [content] : content.map(({ text }) => text),
  );
  return texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0);
}

function isContent(content: unknown): boolean {
  if (!Array.isArray(content)) return typeof content === "string";
  return content.every(
    (part) => isRecord(part) && part["type"] === "text" && typeof part["text"] === "string",
  );
}

function isCount(value: unknown, most: number): boolean {
  if (value === undefined || value === null) return true;
  return Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= most;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
