import { FetchError, isTruncatedResponseError } from "../errors.ts";
import type { LayerAbove } from "../retry/layer-above.ts";
import { coded } from "./coded.ts";
import type { Course } from "./course.ts";
import type { Failed } from "./failed.ts";

const statuses = {
  "connection-failed": 502,
  "response-truncated": 502,
  "circuit-open": 503,
  "call-shed": 503,
  "budget-spent": 503,
  "deadline-exceeded": 504,
};

/**
 * What the caller gets in the place of an answer: the server's last refusal, with `x-should-retry: false` where the layer above would only do again what
 * was done here, and the code at which that stops, if there is one; else an error, or, for a client that repeats what throws and heeds that header, a
 * response of its own.
 */
export function handOut(failed: Failed, { attempts }: Course, above: LayerAbove): Response {
  const { code, message, response, cause, retryAfterMs } = failed;
  if (response !== undefined) {
    if (!failed.isFinal) return response.handOut({});
    const refusal = response.handOut(final);
    const isPlain = above.stopCode === undefined || refusal.ok;
    return isPlain ? refusal : coded(refusal, response.text, above.stopCode);
  }
  if (!above.heeds) {
    throw isTruncatedResponseError(cause)
      ? cause
      : new FetchError(code, message, { attempts, cause });
  }
  const headers = new Headers({ ...final, "content-type": "application/json" });
  if (retryAfterMs !== undefined && Number.isFinite(retryAfterMs)) {
    headers.set("retry-after", String(Math.ceil(retryAfterMs / 1_000)));
  }
  const body = JSON.stringify({ error: { message, type: "sluice_error", code } });
  const made = new Response(body, { status: statuses[code], headers });
  return above.stopCode === undefined ? made : coded(made, body, above.stopCode);
}

const final = { "x-should-retry": "false" };
