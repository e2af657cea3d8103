import { delayOf, type Received, receivedAt } from "./delay.ts";
import type { Allowance } from "./hint.ts";
import { rateLimitFields } from "./rate-limit-fields.ts";

interface Fields {
  readonly unit: Allowance["unit"];
  readonly windowMs: number | undefined;
  limit?: string;
  remaining?: string;
  reset?: string;
}

const dayMs = 86_400_000;
const windows = new Map([
  ["second", 1_000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", dayMs],
  ["month", 30 * dayMs],
]);
const units = new Map<string, Allowance["unit"]>([
  ["requests", "requests"],
  ["request", "requests"],
  ["req", "requests"],
  ["tokens", "tokens"],
  ["token", "tokens"],
  ["input-tokens", "inputTokens"],
  ["output-tokens", "outputTokens"],
]);

// x-ratelimit-remaining-project-tokens, x-ratelimit-limit-req-minute, x-ratelimit-reset
const providerForm =
  /^x-ratelimit-(limit|remaining|reset)(?:-((?:project-)?(requests?|req|tokens?|input-tokens|output-tokens)(?:[-_](second|minute|hour|day|month|usage_based))?))?$/;
// anthropic-ratelimit-input-tokens-remaining, anthropic-priority-output-tokens-limit
const anthropicForm =
  /^(anthropic-(?:ratelimit|priority)-(requests|tokens|input-tokens|output-tokens))-(limit|remaining|reset)$/;
const bySizeForm = /^(?:x-)?ratelimitbysize-(limit|remaining|reset)(?:-(minute|month))?$/;
const trialForm = /^x-trial-endpoint-call-(limit|remaining)$/;

/**
 * Every allowance that the headers of a response tell: `x-ratelimit-*` as OpenAI, Azure, Groq, Mistral and many others write them,
 * `anthropic-ratelimit-*` and `anthropic-priority-*`, `ratelimitbysize-*`, Cohere's trial keys, and draft-ietf-httpapi-ratelimit-headers 6 to 11.
 * An allowance whose limit or remainder is no amount (−1, or a limit of 0) is left out whole: it is no empty bucket.
 */
export function allowancesOf(headers: Headers, nowMs: number): readonly Allowance[] {
  let groups: Map<string, Fields> | undefined;
  let hasDraft = false;
  for (const [name, value] of headers) {
    // One look spares all but a few headers the forms below.
    if (
      !name.includes("ratelimit") &&
      !name.startsWith("anthropic-p") &&
      !name.startsWith("x-trial")
    )
      continue;
    if (name.startsWith("ratelimit") && !name.startsWith("ratelimitb")) hasDraft = true;
    else add((groups ??= new Map()), name, value);
  }
  const found: Allowance[] = hasDraft ? rateLimitFields(headers).filter(isAmount) : [];
  if (groups === undefined) return found;
  const received = receivedAt(headers, nowMs);
  for (const fields of groups.values()) {
    const allowance = allowanceOf(fields, received);
    if (allowance !== undefined) found.push(allowance);
  }
  return found;
}

function add(groups: Map<string, Fields>, name: string, value: string): void {
  const provider = providerForm.exec(name);
  const anthropic = anthropicForm.exec(name);
  const size = bySizeForm.exec(name);
  const trial = trialForm.exec(name);
  if (provider !== null) {
    const [, field, group = "", unit = "requests", window = ""] = provider;
    put(groups, group, units.get(unit)!, windows.get(window), field!, value);
  } else if (anthropic !== null) {
    const [, group, unit, field] = anthropic;
    put(groups, group!, units.get(unit!)!, 60_000, field!, value);
  } else if (size !== null) {
    const [, field, window = ""] = size;
    put(groups, `size-${window}`, "tokens", windows.get(window), field!, value);
  } else if (trial !== null) put(groups, "trial", "requests", 60_000, trial[1]!, value);
}

function put(
  groups: Map<string, Fields>,
  group: string,
  unit: Allowance["unit"],
  windowMs: number | undefined,
  field: string,
  value: string,
): void {
  const fields = groups.get(group) ?? { unit, windowMs };
  if (field === "limit") fields.limit = value;
  else if (field === "remaining") fields.remaining = value;
  else fields.reset = value;
  groups.set(group, fields);
}

function allowanceOf(fields: Fields, received: Received): Allowance | undefined {
  const { unit, windowMs } = fields;
  const limit = amount(fields.limit);
  const remaining = amount(fields.remaining);
  if (limit === "none" || limit === 0 || remaining === "none") return undefined;
  if (limit === undefined && remaining === undefined) return undefined;
  const resetMs = fields.reset === undefined ? undefined : delayOf(fields.reset, received);
  // Nothing left, and whole again at once: one of the two is no figure.
  const isReset = resetMs !== 0 || remaining !== 0;
  return { unit, limit, remaining, resetMs: isReset ? resetMs : undefined, windowMs };
}

function isAmount({ limit }: Allowance): boolean {
  return limit !== 0;
}

function amount(text: string | undefined): number | "none" | undefined {
  if (text === undefined) return undefined;
  return /^\d{1,15}(?:\.\d+)?$/.test(text) ? Math.floor(Number(text)) : "none";
}
