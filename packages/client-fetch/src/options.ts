import { checkOptions, type Duration, durationMs, failOption } from "@sluice/core";
import { type Format, formats } from "@sluice/core/llm";

import { type Breaker, type BreakerOptions, createBreaker } from "./breaker/breaker.ts";
import { type BudgetOptions, retryBudget } from "./budget/budget.ts";
import { likelyOutput } from "./budget/likely-output.ts";
import type { Engine, GuardRules } from "./call/engine.ts";
import type { CallReport, Wait } from "./call/report.ts";
import { outcomeCounts } from "./completeness/outcome-counts.ts";
import type { Fallback } from "./fallback/fallback.ts";
import { createLanes, type Lanes, type LanesOptions } from "./queue/lanes.ts";
import { givenUp } from "./retry/given-up.ts";
import { type RetryOptions, retryRules } from "./retry/options.ts";
import { systemTiming, type Timing } from "./timing.ts";

/** How the answer is checked and watched. */
export interface AnswerOptions {
  /** How answers are written. Default: `"auto"`, told from each. */
  readonly format?: Format | "auto";
  /** The longest wait for a stream's first content. Default: none but the deadline. */
  readonly firstToken?: Duration;
  /** The longest wait between two pieces of content; comments and pings are none. Default: `"2m"`. */
  readonly betweenTokens?: Duration;
  /** A longer body that is no stream is handed out before it is whole, in bytes. Default: 8 MiB. */
  readonly maxHeldBytes?: number;
}

/** Options of `createFetch()`. */
export interface FetchOptions {
  /** What sends. Default: the global `fetch`, as it is when a call is made. */
  readonly fetch?: typeof globalThis.fetch;
  /** Until a call settles: whole where it is no stream, at its first content where it is. Default: `"10m"`. */
  readonly deadline?: Duration;
  /** Of that, for one attempt. Default: all that is left. */
  readonly attemptTimeout?: Duration;
  readonly retry?: RetryOptions;
  readonly budget?: BudgetOptions;
  readonly answer?: AnswerOptions;
  /** Queue, pacing and concurrency for each origin, key and model; lanes that several fetches share; `false`: none. */
  readonly lanes?: LanesOptions | Lanes | false;
  /** A breaker for each origin and model; one that several fetches share; `false`: none. */
  readonly breaker?: BreakerOptions | Breaker | false;
  /** Asked in order where a call gets no answer. */
  readonly fallbacks?: readonly Fallback[];
  /** The class of calls that name none. Default: `"interactive"`. */
  readonly class?: string;
  /**
   * The header that tells a server that a POST is the same as one before; `false`: none. Default: `"idempotency-key"`, and none where a page's origin is
   * checked (CORS), since a server would have to allow it.
   */
  readonly idempotencyHeader?: string | false;
  /** Is told of each wait as it begins. What it throws is ignored. */
  readonly onWait?: (wait: Wait) => void;
  /** Is told of each call when its answer has ended. What it throws is ignored. */
  readonly onEnd?: (report: CallReport) => void;
  readonly timing?: Timing;
}

const names = [
  "fetch",
  "deadline",
  "attemptTimeout",
  "retry",
  "budget",
  "answer",
  "lanes",
  "breaker",
  "fallbacks",
  "class",
  "idempotencyHeader",
  "onWait",
  "onEnd",
  "timing",
];

const answerNames = ["format", "firstToken", "betweenTokens", "maxHeldBytes"];

/** The policies that `options` ask for. Throws `invalid-option`. */
export function engineOf(options: FetchOptions): Engine {
  checkOptions("createFetch", options, names);
  const { fetch, timing = systemTiming, class: defaultClass = "interactive" } = options;
  const { fallbacks = [], onWait, onEnd } = options;
  for (const [name, value] of Object.entries({ fetch, onWait, onEnd })) {
    if (value !== undefined && typeof value !== "function") {
      failOption(`createFetch: ${name}`, "a function", value);
    }
  }
  if (!Array.isArray(fallbacks)) failOption("createFetch: fallbacks", "a list", fallbacks);
  if (typeof defaultClass !== "string") failOption("createFetch: class", "a string", defaultClass);
  return {
    // Looked up late, so that a patched global is used.
    base: fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timing,
    rules: retryRules(options.retry ?? {}),
    budget: retryBudget(options.budget ?? {}, timing),
    outputs: likelyOutput(1_000),
    outcomes: outcomeCounts(),
    lanes: lanesOf(options.lanes ?? {}, timing),
    breaker: breakerOf(options.breaker ?? {}, timing),
    guard: guardRules(options.answer ?? {}),
    fallbacks,
    memory: givenUp(256, 60_000, timing),
    deadlineMs: durationMs(options.deadline ?? "10m", "createFetch: deadline"),
    attemptMs:
      options.attemptTimeout === undefined
        ? Number.POSITIVE_INFINITY
        : durationMs(options.attemptTimeout, "createFetch: attemptTimeout"),
    defaultClass,
    idempotencyHeader: idempotencyHeaderOf(options.idempotencyHeader),
    onWait: quiet(onWait),
    onEnd: quiet(onEnd),
  };
}

function lanesOf(lanes: LanesOptions | Lanes | false, timing: Timing): Lanes | undefined {
  if (lanes === false) return undefined;
  return "lane" in lanes ? lanes : createLanes({ timing, ...lanes });
}

function breakerOf(breaker: BreakerOptions | Breaker | false, timing: Timing): Breaker | undefined {
  if (breaker === false) return undefined;
  return "admit" in breaker ? breaker : createBreaker({ timing, ...breaker });
}

function guardRules(answer: AnswerOptions): GuardRules {
  checkOptions("createFetch: answer", answer, answerNames);
  const { format = "auto", firstToken, betweenTokens = "2m", maxHeldBytes } = answer;
  if (format !== "auto" && !formats.includes(format)) {
    failOption("createFetch: answer.format", `"auto" or one of ${formats.join(", ")}`, format);
  }
  if (maxHeldBytes !== undefined && !(Number.isSafeInteger(maxHeldBytes) && maxHeldBytes >= 0)) {
    failOption("createFetch: answer.maxHeldBytes", "an integer from 0", maxHeldBytes);
  }
  return {
    format,
    firstTokenMs:
      firstToken === undefined
        ? undefined
        : durationMs(firstToken, "createFetch: answer.firstToken"),
    betweenTokensMs: durationMs(betweenTokens, "createFetch: answer.betweenTokens"),
    maxHeldBytes,
  };
}

function idempotencyHeaderOf(header: string | false | undefined): string | undefined {
  if (header === false) return undefined;
  if (header === undefined) return "location" in globalThis ? undefined : "idempotency-key";
  if (typeof header !== "string" || !/^[\w!#$%&'*+.^`|~-]+$/.test(header)) {
    failOption("createFetch: idempotencyHeader", "the name of a header, or false", header);
  }
  return header.toLowerCase();
}

function quiet<T>(hook: ((value: T) => void) | undefined): ((value: T) => void) | undefined {
  if (hook === undefined) return undefined;
  return (value) => {
    try {
      hook(value);
    } catch {}
  };
}
