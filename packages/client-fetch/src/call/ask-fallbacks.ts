import type { Asked, FallbackAnswer, FallbackContext } from "../fallback/fallback.ts";
import type { Ended } from "../outcome.ts";
import { addressOf } from "../request/address.ts";
import { type RequestSnapshot, snapshot } from "../request/snapshot.ts";
import type { Course } from "./course.ts";
import type { Engine } from "./engine.ts";
import type { Failed } from "./failed.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import { endedAs } from "./report.ts";
import { runTarget } from "./run-target.ts";

/** An answer from elsewhere, and how its body ends. */
export interface Fallen extends FallbackAnswer {
  readonly ended: Promise<Ended>;
}

/** Asks each fallback in turn. One that throws is as one that has no answer, unless the caller gave up. */
export async function askFallbacks(
  engine: Engine,
  request: RequestSnapshot,
  course: Course,
  { reason }: Failed,
): Promise<Fallen | undefined> {
  if (engine.fallbacks.length === 0) return undefined;
  const { signal } = request;
  const ends = new WeakMap<Response, Promise<Ended>>();
  const context: FallbackContext = {
    asked: askedOf(request, course),
    reason,
    deadlineAtMs: course.deadlineAtMs,
    signal,
    async send({ url, ...rest }) {
      const init = { ...rest, body: rest.body ?? null, ...(signal && { signal }) };
      const other = await snapshot(url, addressOf(new URL(url)), init);
      // Another request: its key must not be taken for that of the first.
      const { idempotencyHeader: header } = engine;
      if (header !== undefined && header in other.headers) {
        other.headers[header] = idempotencyKey();
      }
      const reached = await runTarget(engine, other, { ...course, isRepeat: false });
      if (reached.isAnswer) ends.set(reached.response, reached.ended);
      else reached.response?.discard();
      return reached.isAnswer ? reached.response : undefined;
    },
  };
  for (const fallback of engine.fallbacks) {
    try {
      const answer = await fallback.answer(context);
      if (answer === undefined) continue;
      const ended = ends.get(answer.response) ?? Promise.resolve(endedAs("complete"));
      return { ...answer, ended };
    } catch (error) {
      if (signal?.aborted) throw error;
    }
  }
  return undefined;
}

function askedOf(request: RequestSnapshot, { class: named }: Course): Asked {
  const { method, url, headers, body, model, isStream } = request;
  let json: unknown;
  try {
    json = body.text === undefined ? undefined : JSON.parse(body.text);
  } catch {}
  return {
    method,
    url,
    headers: new Headers(headers),
    body: body.text,
    json,
    model,
    isStream,
    class: named,
  };
}
