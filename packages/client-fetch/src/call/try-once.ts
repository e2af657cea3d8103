import type { Execution } from "../attempt.ts";
import type { Passage } from "../breaker/breaker.ts";
import type { Cause } from "../cause.ts";
import { type Guarded, guardResponse } from "../completeness/guard.ts";
import { responseWith } from "../completeness/response-with.ts";
import { FetchError } from "../errors.ts";
import { allowancesOf } from "../hints/allowances-of.ts";
import { causeOf, causeOfEnd } from "../hints/cause-of.ts";
import { hintOf } from "../hints/hint-of.ts";
import type { Hint } from "../hints/hint.ts";
import type { Ended } from "../outcome.ts";
import type { Ticket } from "../queue/lane.ts";
import type { FetchInit, RequestSnapshot } from "../request/snapshot.ts";
import { errorKind } from "../retry/error-kind.ts";
import { executionOf } from "../retry/execution-of.ts";
import { type AttemptSignal, attemptSignal } from "./attempt-signal.ts";
import type { Course } from "./course.ts";
import type { Engine } from "./engine.ts";
import { type ErrorResponse, readError } from "./error-body.ts";

/** What one attempt came to. */
export type Tried = Answered | Missed;

/** An answer to hand out. */
export interface Answered {
  readonly isAnswer: true;
  readonly status: number;
  readonly response: Response;
  readonly ended: Promise<Ended>;
}

/** No answer. */
export interface Missed {
  readonly isAnswer: false;
  readonly cause: Cause;
  readonly execution: Execution;
  readonly status: number | undefined;
  readonly hint: Hint | undefined;
  readonly message: string;
  /** The server's own refusal, to be handed out or discarded. */
  readonly response: ErrorResponse | undefined;
  /** What was thrown; to be thrown as it is where `cause` is `"client-error"` or `"aborted"`. */
  readonly error: unknown;
}

/** What an attempt holds of the policies that let it go. */
export interface Held {
  readonly ticket: Ticket | undefined;
  readonly passage: Passage | undefined;
}

/** Sends `request` once, within `ms`. Rejects never; every end is told to the ticket and the passage, once. */
export async function tryOnce(
  engine: Engine,
  request: RequestSnapshot,
  ms: number,
  held: Held,
  course: Course,
): Promise<Tried> {
  const sentAtMs = engine.timing.now();
  const late = (): FetchError =>
    new FetchError("deadline-exceeded", `${request.origin} did not answer within ${ms} ms`);
  const signal = attemptSignal(request.signal, ms, late, engine.timing);
  let response: Response;
  try {
    response = await engine.base(request.input, initOf(engine, request, signal.signal));
  } catch (error) {
    return missedBy(error, request, signal, held);
  }
  return response.status >= 400
    ? refused(engine, response, signal, held)
    : begun(engine, request, response, signal, held, course, sentAtMs);
}

function initOf(engine: Engine, request: RequestSnapshot, signal: AbortSignal): RequestInit {
  const { init, headers, body } = request;
  const { makeBody } = request;
  const value = makeBody === undefined ? body.value : makeBody();
  const sent: FetchInit & { duplex?: string } = { ...init, headers, signal };
  if (value !== undefined) {
    sent.body = value;
    // A caller's own stream has to say so itself.
    const isOurs = makeBody !== undefined || init.body === undefined;
    if (isOurs && value instanceof ReadableStream) sent.duplex = "half";
  }
  return sent;
}

function missedBy(
  error: unknown,
  { signal: caller, origin }: RequestSnapshot,
  signal: AttemptSignal,
  held: Held,
): Missed {
  signal.release();
  const missed = (cause: Cause, execution: Execution, message: string): Missed => {
    settle(held, cause, undefined);
    const reason = cause === "aborted" ? caller?.reason : error;
    return { ...noResponse, cause, execution, message, error: reason };
  };
  if (caller?.aborted) return missed("aborted", "maybe-executed", "aborted by the caller");
  if (signal.isTimeout()) return missed("timeout", "maybe-executed", `${origin} was too slow`);
  const kind = errorKind(error);
  return missed(kind.cause, kind.execution, kind.message);
}

const noResponse = {
  isAnswer: false,
  status: undefined,
  hint: undefined,
  response: undefined,
} as const;

async function refused(
  engine: Engine,
  response: Response,
  signal: AttemptSignal,
  held: Held,
): Promise<Missed> {
  const { status, headers } = response;
  const error = await readError(response, engine.timing, () => signal.release());
  signal.stopTimer();
  const nowMs = engine.timing.now();
  const hint = hintOf({ status, headers }, error.text, nowMs);
  const cause = causeOf(status, error.text);
  held.ticket?.learn({ status, allowances: allowancesOf(headers, nowMs), hint });
  // A quota is of one key, and says nothing of the server.
  const untilMs = hint.waitMs !== undefined && cause !== "quota" ? nowMs + hint.waitMs : undefined;
  settle(held, cause, untilMs);
  const message = `${status} ${response.statusText}`.trim();
  return {
    isAnswer: false,
    cause,
    execution: executionOf(status),
    status,
    hint,
    message,
    response: error,
    error: undefined,
  };
}

const noHint: Hint = {
  waitMs: undefined,
  shouldRetry: undefined,
  isQuota: false,
  source: undefined,
};

async function begun(
  engine: Engine,
  request: RequestSnapshot,
  response: Response,
  signal: AttemptSignal,
  held: Held,
  course: Course,
  sentAtMs: number,
): Promise<Tried> {
  const { status, headers } = response;
  const nowMs = engine.timing.now();
  held.ticket?.learn({ status, allowances: allowancesOf(headers, nowMs), hint: noHint });
  const guarded = guardResponse(response, {
    ...engine.guard,
    timing: engine.timing,
    url: request.url,
    method: request.method,
    isStream: request.isStream,
    isAnswer: request.model !== undefined,
    signal: signal.signal,
    sentAtMs,
    attempts: course.attempts,
  });
  let letGo: (() => void) | undefined;
  const ended = guarded.ended.then((end) => {
    letGo?.();
    signal.release();
    const cause = signal.isTimeout() ? "timeout" : causeOfEnd(end);
    engine.outcomes.count(outcomeKey(course.class, request.model), end.outcome);
    if (cause === "success") engine.outputs.learn(request.target, end.outputTokens);
    settle(held, cause, undefined, request, end);
    return end;
  });
  const start = await guarded.begun;
  if ("begun" in start) {
    signal.stopTimer();
    if (request.isStream) {
      held.ticket?.firstToken();
      // Who keeps a stream and does not read it keeps its connection, but not its place.
      letGo = engine.timing.after(engine.deadlineMs, () => settle(held, "success", undefined));
    }
    return { isAnswer: true, status, response: guarded.response(), ended };
  }
  const { ended: end, error } = start;
  const isAbort = end.outcome === "aborted" && !signal.isTimeout();
  const cause = signal.isTimeout() ? "timeout" : causeOfEnd(end);
  return {
    isAnswer: false,
    cause,
    execution: "executed",
    status,
    hint: undefined,
    message: end.reason ?? end.error?.message ?? end.outcome,
    response: error === undefined && !isAbort ? errorInside(guarded) : undefined,
    error,
  };
}

// A 200 whose body is an error: it is whole, its connection over, and what the caller gets if nothing better comes.
function errorInside(guarded: Guarded): ErrorResponse {
  return {
    text: "",
    handOut: (headers) => responseWith(guarded.response(), guarded.response().body, headers),
    discard: () => {},
  };
}

/** What answers are counted by. */
export function outcomeKey(named: string, model = ""): string {
  return `${named} ${model}`;
}

function settle(
  { ticket, passage }: Held,
  cause: Cause,
  untilMs: number | undefined,
  request?: RequestSnapshot,
  end?: Ended,
): void {
  const inputTokens = end?.usage?.input ?? request?.inputTokens ?? 0;
  const outputTokens = end?.usage?.output ?? end?.outputTokens ?? 0;
  const tokens = inputTokens + outputTokens;
  ticket?.finish(end === undefined ? { cause } : { cause, tokens, inputTokens, outputTokens });
  passage?.report(cause, { untilMs });
}
