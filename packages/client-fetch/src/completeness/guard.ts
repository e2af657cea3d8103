import { failOption } from "@sluice/core";
import type { Format } from "@sluice/core/llm";

import type { Attempt } from "../attempt.ts";
import type { Ended } from "../outcome.ts";
import { systemTiming, type Timing } from "../timing.ts";
import { createWatchdog } from "../watchdog/watchdog.ts";
import type { Begun } from "./begun.ts";
import { type Bytes, createFlow, type Flow } from "./flow.ts";
import { handlingOf } from "./handling.ts";
import { createInspector } from "./inspector.ts";
import { responseWith } from "./response-with.ts";
import { truncatedError } from "./truncated-error.ts";
import { isEncoded, trustOf } from "./trust-of.ts";

/** What `guardResponse()` goes by. */
export interface GuardOptions {
  /** Default: the globals'. */
  readonly timing?: Timing | undefined;
  /** How the answer is written. Default: `"auto"`, told from the answer. */
  readonly format?: Format | "auto" | undefined;
  /** Milliseconds until the first content, from `sentAtMs` on. Default: 600,000. `Infinity`: as long as it takes. */
  readonly firstTokenMs?: number | undefined;
  /** Milliseconds between one piece of content and the next; comments and pings are none. Default: 120,000. */
  readonly betweenTokensMs?: number | undefined;
  /** The most bytes that are held back: a longer body is handed out before it is whole. Default: 8 MiB. */
  readonly maxHeldBytes?: number | undefined;
  /** Of the request, as an error names it: its query is left out. Default: the response's. */
  readonly url?: string | undefined;
  /** Of the request. Default: `"POST"`. */
  readonly method?: string | undefined;
  /** Whether a stream was asked for. Default: as the content type says. */
  readonly isStream?: boolean | undefined;
  /** Whether a model was asked for an answer, so that none is a loss. Default: whether the method is `"POST"`. */
  readonly isAnswer?: boolean | undefined;
  /** When the request was sent, in milliseconds since 1970. Default: now. */
  readonly sentAtMs?: number | undefined;
  /** The request's: what ends by it was given up, and is not truncated. */
  readonly signal?: AbortSignal | undefined;
  /** For the error. */
  readonly attempts?: readonly Attempt[] | undefined;
}

/** A response whose end is told. */
export interface Guarded {
  /**
   * The answer, as it came: status, headers, `url`, `redirected`, `type`. What was held back comes first, then what comes; where the answer is not
   * whole its body ends with a `TruncatedResponseError`, after the last bytes that came.
   */
  response(): Response;
  /**
   * Settles once it can be handed out: with a whole body, the first content of a stream, or what cannot be held back any more. An answer that
   * failed or broke off before is told here, so that it can be asked for again. Never rejects.
   */
  readonly begun: Promise<Begun>;
  /** How it ended. Never rejects, and never settles for a body that nobody reads. */
  readonly ended: Promise<Ended>;
  /** Gives the answer up, and its connection with it. */
  cancel(reason?: unknown): Promise<void>;
}

const endMs = 5_000;

/**
 * Tells how a 2xx response ends, from its framing, its events or JSON, and its finish reason. A body of JSON is held back until it is whole, a
 * stream until its first content; from then on it passes unbuffered, at its reader's pace. Other bodies pass as they come. Throws `invalid-option`.
 */
export function guardResponse(response: Response, options: GuardOptions = {}): Guarded {
  const { body, headers } = response;
  const { timing = systemTiming, method = "POST", isStream = false, sentAtMs } = options;
  const { isAnswer = method === "POST" } = options;
  const maxHeldBytes = limitOf("maxHeldBytes", options.maxHeldBytes, 8_388_608);
  const firstTokenMs = limitOf("firstTokenMs", options.firstTokenMs, 600_000);
  const betweenTokensMs = limitOf("betweenTokensMs", options.betweenTokensMs, 120_000);
  if (body === null || !response.ok) return unguarded(response, isAnswer);
  const contentType = headers.get("content-type");
  const handling = handlingOf(contentType, isStream, isAnswer);
  const flow = createFlow({
    source: body.getReader(),
    handling,
    inspector: createInspector(handling, contentType, options.format ?? "auto", maxHeldBytes),
    trust: trustOf(response),
    isEncoded: isEncoded(headers),
    isAnswer,
    maxHeldBytes,
    url: () => options.url ?? response.url,
    signal: options.signal,
    attempts: options.attempts,
    watchdog: (onStall) =>
      createWatchdog({ timing, firstTokenMs, betweenTokensMs, endMs, sentAtMs, onStall }),
  });
  return handingOut(response, flow);
}

function limitOf(option: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value === "number" && value >= 0) return value;
  return failOption(`guardResponse: ${option}`, "a number from 0", value);
}

// By itself: what the flow holds on to must not know the response that is made, or it would never be dropped.
function handingOut(response: Response, flow: Flow): Guarded {
  let made: Response | undefined;
  return {
    response: () => (made ??= responseWith(response, flow.whole() ?? streamOf(flow))),
    begun: flow.begun,
    ended: flow.ended,
    cancel: (reason) => flow.leave(reason),
  };
}

// Who drops a response without reading it to its end would keep its connection for ever.
const dropped: FinalizationRegistry<Flow> | undefined =
  typeof FinalizationRegistry === "function"
    ? /* @__PURE__ */ new FinalizationRegistry((flow) => void flow.leave(undefined))
    : undefined;

function streamOf(flow: Flow): ReadableStream<Bytes> {
  const stream = new ReadableStream<Bytes>(
    {
      pull: (controller) => flow.pull(controller),
      cancel: async (reason) => flow.leave(reason),
    },
    { highWaterMark: 0 },
  );
  dropped?.register(stream, flow);
  return stream;
}

function unguarded(response: Response, isAnswer: boolean): Guarded {
  const { status, ok, body } = response;
  const isEmpty = ok && isAnswer && status !== 204 && status !== 205;
  const ended: Ended = {
    outcome: ok ? (isEmpty ? "truncated" : "complete") : status >= 400 ? "failed" : "unknown",
    reason: isEmpty ? "empty" : undefined,
    usage: undefined,
    outputTokens: 0,
    error: undefined,
  };
  const begun: Begun = isEmpty
    ? { ended, error: truncatedError(ended, response.url, undefined, undefined) }
    : { begun: true };
  return {
    response: () => response,
    begun: Promise.resolve(begun),
    ended: Promise.resolve(ended),
    cancel: async (reason) => body?.cancel(reason).catch(() => undefined),
  };
}
