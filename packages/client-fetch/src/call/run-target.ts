import type { Passage } from "../breaker/breaker.ts";
import { type FetchErrorCode, isFetchError } from "../errors.ts";
import type { Shed, Ticket } from "../queue/lane.ts";
import { fingerprint } from "../request/fingerprint.ts";
import type { RequestSnapshot } from "../request/snapshot.ts";
import { isRepeatHarmful, planRetry, type Stop } from "../retry/plan.ts";
import { sleep } from "../retry/sleep.ts";
import type { Course } from "./course.ts";
import type { Engine } from "./engine.ts";
import type { Failed } from "./failed.ts";
import { type Answered, type Missed, tryOnce } from "./try-once.ts";

/** A target's answer, or why there is none. */
export type Reached = Answered | Failed;

const idempotent = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"]);

/** Asks one target, as often as the rules, the budget and the deadline allow. Rejects with the signal's reason, or what the request is at fault for. */
export async function runTarget(
  engine: Engine,
  request: RequestSnapshot,
  course: Course,
): Promise<Reached> {
  const { timing, budget, rules } = engine;
  const { origin, model, signal } = request;
  const target = request.target;
  const tokens = request.inputTokens + request.outputTokens;
  const isIdempotent = idempotent.has(request.method);
  let retries = 0;
  let retriesAfterExecution = 0;
  let lastWaitMs = 0;
  if (!course.isRepeat) budget.charge(target, tokens);
  // Kept until the next attempt goes: where that may not go, it is the answer.
  let last: Missed | undefined;
  try {
    for (;;) {
      const entering = enter(engine, request, course, target);
      const entered = entering instanceof Promise ? await entering : entering;
      if ("code" in entered) {
        const response = last?.response;
        last = undefined;
        return { ...entered, response };
      }
      last?.response?.discard();
      last = undefined;
      const atMs = timing.now();
      const ms = Math.min(engine.attemptMs, course.deadlineAtMs - atMs);
      const tried = await tryOnce(engine, request, ms, entered, course);
      const missed = tried.isAnswer ? undefined : tried;
      course.attempts.push({
        origin,
        model,
        atMs,
        waitedMs: lastWaitMs + (entered.ticket?.waitedMs ?? 0),
        tookMs: timing.now() - atMs,
        status: tried.status,
        cause: missed?.cause ?? "success",
        execution: missed?.execution ?? "executed",
        message: missed?.message,
      });
      if (tried.isAnswer) return tried;
      const isThrown = tried.cause === "aborted" || tried.cause === "client-error";
      if (isThrown && tried.error !== undefined) throw tried.error;
      const plan = planRetry(
        {
          ...tried,
          retries,
          retriesAfterExecution,
          lastWaitMs,
          isIdempotent,
          isReplayable: request.body.isReplayable || request.makeBody !== undefined,
          remainingMs: course.deadlineAtMs - timing.now(),
        },
        course.isRepeat ? { ...rules, retries: 0 } : rules,
        timing,
      );
      if (plan.stop !== undefined) return failed(engine, request, course, tried, plan.stop);
      if (!budget.take(target, tokens)) {
        return failed(engine, request, course, tried, "budget-spent");
      }
      last = tried;
      retries += 1;
      if (isRepeatHarmful(tried.execution)) retriesAfterExecution += 1;
      lastWaitMs = plan.waitMs;
      if (plan.waitMs > 0) {
        const reason = tried.hint?.waitMs === undefined ? "retry" : "hint";
        engine.onWait?.({ ms: plan.waitMs, reason, origin, model });
        await sleep(plan.waitMs, timing, signal);
      }
    }
  } finally {
    last?.response?.discard();
  }
}

type Entry = { readonly ticket: Ticket | undefined; readonly passage: Passage | undefined };

function enter(
  engine: Engine,
  request: RequestSnapshot,
  course: Course,
  target: string,
): Entry | Failed | Promise<Entry | Failed> {
  const { origin, model, signal, inputTokens, outputTokens, account } = request;
  const admitted = engine.breaker?.admit(target);
  if (admitted?.openUntilMs !== undefined) {
    const untilMs = admitted.openUntilMs;
    const inMs = Math.max(0, Math.ceil(untilMs - engine.timing.now()));
    return refusal(
      "circuit-open",
      `the circuit of ${target} is open for ${inMs} ms`,
      untilMs,
      inMs,
    );
  }
  const passage = admitted;
  const { lanes } = engine;
  if (lanes === undefined) return { ticket: undefined, passage };

  const entered = (ticket: Ticket | Shed): Entry | Failed => {
    if (ticket.shed === undefined) return { ticket, passage };
    passage?.report("aborted");
    const { shed, waitMs } = ticket;
    const code = shed === "late" ? "deadline-exceeded" : "call-shed";
    const untilMs = shed === "quota" ? engine.timing.now() + waitMs : 0;
    return refusal(code, `not sent to ${target}: ${shedWords[shed]}`, untilMs, waitMs);
  };
  const leave = (error: unknown): never => {
    passage?.report("aborted");
    throw error;
  };
  try {
    const likely = engine.outputs.likely(target, outputTokens);
    const entering = lanes.lane({ origin, key: laneKey(account), model }).enter({
      class: course.class,
      tokens: inputTokens + likely,
      mostTokens: inputTokens + outputTokens,
      inputTokens,
      outputTokens: likely,
      deadlineAtMs: course.deadlineAtMs,
      signal,
    });
    if (!(entering instanceof Promise)) return entered(entering);
    const going = entering.then((ticket) => {
      if (ticket.shed === undefined) {
        engine.onWait?.({ ms: ticket.waitedMs, reason: "queue", origin, model });
      }
      return entered(ticket);
    });
    return going.catch(leave);
  } catch (error) {
    return leave(error);
  }
}

// Most calls are paid by who paid the one before.
let latest: { readonly account: string; readonly key: string } | undefined;

function laneKey(account: string): string {
  if (account === "") return "";
  if (latest?.account !== account) latest = { account, key: fingerprint(account) };
  return latest.key;
}

const shedWords = {
  "queue-full": "the queue is full",
  late: "it would come after its deadline",
  quota: "its allowance is spent",
};

function refusal(
  code: FetchErrorCode,
  message: string,
  untilMs: number,
  retryAfterMs: number,
): Failed {
  return {
    isAnswer: false,
    code,
    reason: code === "circuit-open" ? code : code === "call-shed" ? "shed" : "late",
    message,
    response: undefined,
    cause: undefined,
    isFinal: true,
    untilMs,
    retryAfterMs,
  };
}

function failed(
  engine: Engine,
  { origin }: RequestSnapshot,
  { attempts }: Course,
  missed: Missed,
  stop: Stop,
): Failed {
  const { cause, error, hint, response } = missed;
  const waitMs = stop === "quota" ? Number.POSITIVE_INFINITY : (hint?.waitMs ?? 0);
  const count = attempts.length === 1 ? "1 attempt" : `${attempts.length} attempts`;
  return {
    isAnswer: false,
    code: codeOf(missed),
    reason: stop === "budget-spent" ? stop : stop === "deadline" ? "late" : "failed",
    message: `${origin} gave no answer after ${count} (${stop}): ${missed.message}`,
    response,
    cause: error,
    isFinal: cause !== "client-error",
    untilMs: waitMs === 0 ? 0 : engine.timing.now() + waitMs,
    retryAfterMs: hint?.waitMs,
  };
}

function codeOf({ cause, error }: Missed): FetchErrorCode {
  if (isFetchError(error)) return error.code;
  return cause === "timeout" ? "deadline-exceeded" : "connection-failed";
}
