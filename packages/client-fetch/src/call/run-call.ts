import type { Ended } from "../outcome.ts";
import { fingerprint } from "../request/fingerprint.ts";
import type { RequestSnapshot } from "../request/snapshot.ts";
import { layerAbove } from "../retry/layer-above.ts";
import { askFallbacks } from "./ask-fallbacks.ts";
import type { Course } from "./course.ts";
import type { Engine } from "./engine.ts";
import type { Failed } from "./failed.ts";
import { handOut } from "./give-up.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import { remembered } from "./remembered.ts";
import { endedAs, type SluiceResponse, withReport } from "./report.ts";
import { runTarget } from "./run-target.ts";

/** One call, from its request to its response. */
export async function runCall(engine: Engine, request: RequestSnapshot): Promise<SluiceResponse> {
  const { timing, memory } = engine;
  const startMs = timing.now();
  const above = layerAbove(request.headers);
  const name = above.repeats > 0 ? nameOf(request) : undefined;
  const before = name === undefined || memory.isEmpty ? undefined : memory.take(name);
  const key = before?.answer.idempotencyKey ?? newKey(engine, request);
  if (key !== undefined && engine.idempotencyHeader !== undefined) {
    request.headers[engine.idempotencyHeader] = key;
  }
  const course: Course = {
    attempts: [],
    deadlineAtMs: startMs + Math.min(request.withinMs ?? Infinity, engine.deadlineMs),
    class: request.class ?? engine.defaultClass,
    isRepeat: above.isRepeat || before !== undefined,
  };

  const handed = (
    response: Response,
    ended: Promise<Ended>,
    source = "upstream",
    confidence = 1,
  ): SluiceResponse => {
    const { attempts } = course;
    tellEnd(response.status, source, ended);
    return withReport(response, { attempts, source, confidence, ended });
  };

  function tellEnd(
    status: number | undefined,
    source: string | undefined,
    ended: Promise<Ended>,
  ): void {
    const { onEnd } = engine;
    if (onEnd === undefined) return;
    const { origin, model } = request;
    const { attempts, class: named } = course;
    void ended.then((end) => {
      const tookMs = timing.now() - startMs;
      onEnd({ origin, model, class: named, attempts, source, status, tookMs, ended: end });
    });
  }

  function giveUp(failed: Failed): SluiceResponse {
    const response = handOut(failed, course, above);
    if (name !== undefined && failed.isFinal) {
      const answer = { failed: remembered(failed, response), idempotencyKey: key };
      memory.remember(name, answer, before?.repeats ?? above.repeats);
    }
    return handed(response, Promise.resolve(endedAs("failed")));
  }

  try {
    if (course.isRepeat) {
      const refusal = refusalOfRepeat(engine, request, before?.answer.failed);
      if (refusal !== undefined) return giveUp(refusal);
    }
    const reached = await runTarget(engine, request, course);
    if (reached.isAnswer) return handed(reached.response, reached.ended);
    const other = reached.isFinal
      ? await askFallbacks(engine, request, course, reached)
      : undefined;
    if (other === undefined) return giveUp(reached);
    reached.response?.discard();
    return handed(other.response, other.ended, other.source, other.confidence);
  } catch (error) {
    const outcome = request.signal?.aborted ? "aborted" : "failed";
    tellEnd(undefined, undefined, Promise.resolve(endedAs(outcome)));
    throw error;
  }
}

// What the layer above sends again is a retry, and is paid as one; before the server's own time it is no use.
function refusalOfRepeat(
  { timing, budget }: Engine,
  request: RequestSnapshot,
  before: Failed | undefined,
): Failed | undefined {
  const isEarly = before !== undefined && timing.now() < before.untilMs;
  const tokens = request.inputTokens + request.outputTokens;
  if (!isEarly && budget.take(request.target, tokens)) return undefined;
  return (
    before ?? {
      isAnswer: false,
      code: "budget-spent",
      reason: "budget-spent",
      message: `not sent again to ${request.target}: its budget of retries is spent`,
      response: undefined,
      cause: undefined,
      isFinal: true,
      untilMs: 0,
      retryAfterMs: undefined,
    }
  );
}

function nameOf({ method, url, account, body }: RequestSnapshot): string | undefined {
  if (body.text === undefined && body.value !== undefined) return undefined;
  return fingerprint(method, url, account, body.text ?? "");
}

// Only what is not idempotent by itself needs a key (draft-ietf-httpapi-idempotency-key-header).
function newKey(
  { idempotencyHeader }: Engine,
  { method, headers }: RequestSnapshot,
): string | undefined {
  if (idempotencyHeader === undefined || idempotencyHeader in headers) return undefined;
  return method === "POST" || method === "PATCH" ? idempotencyKey() : undefined;
}
