import type { ProviderError } from "@sluice/core/llm";

import type { Cause } from "../cause.ts";
import type { Ended } from "../outcome.ts";
import { type ErrorBody, readErrorBody } from "./error-body.ts";
import { isMoney, isQuota } from "./quota.ts";

const byStatus = new Map<number, Cause>([
  [402, "quota"],
  [408, "timeout"],
  // A lock that timed out, and data that came too early: both say to come again.
  [409, "server-error"],
  [425, "server-error"],
  [429, "rate-limit"],
  // Groq: the flexible tier has no room now.
  [498, "overloaded"],
  [503, "overloaded"],
  [504, "timeout"],
  [522, "timeout"],
  [524, "timeout"],
  [529, "overloaded"],
]);

// In this order: "insufficient_quota" before "quota", "rate_limit_error" before "error".
const byWord: readonly (readonly [RegExp, Cause])[] = [
  [/insufficient_(?:quota|credits|balance)|billing|spend_limit/, "quota"],
  [/rate_?limit|throttl|too_many_requests|resource_exhausted|toomanyrequests/, "rate-limit"],
  [/overload|unavailable|capacity|notready/, "overloaded"],
  [/time_?(?:d_?)?out|deadline/, "timeout"],
  [
    /invalid|validation|not_found|permission|authentication|context_length|unsupported/,
    "client-error",
  ],
];

/** What a response with `status` came to. `body` is the beginning of its body, if it was read; it may say more than the status does. */
export function causeOf(status: number, body?: string): Cause {
  if (status < 400) return "success";
  const error = body === undefined || body === "" ? undefined : readErrorBody(body);
  if (isMoney(status, error) || isQuota(status, error, [])) return "quota";
  const cause = byStatus.get(status) ?? (status < 500 ? "client-error" : "server-error");
  const isOverload = cause === "rate-limit" && error !== undefined && isOverloaded(error);
  return isOverload ? "overloaded" : cause;
}

/** What an answer that has begun came to when it ended. */
export function causeOfEnd({ outcome, error }: Pick<Ended, "outcome" | "error">): Cause {
  if (outcome === "truncated" || outcome === "aborted") return outcome;
  return outcome === "failed" ? causeOfError(error) : "success";
}

/** What an error that a provider reports inside a 200 came to. */
function causeOfError(error: ProviderError | undefined): Cause {
  const code = (error?.code ?? "").toLowerCase();
  const status = Number(code);
  if (status >= 400 && status < 600) return causeOf(status);
  return byWord.find(([words]) => words.test(code))?.[1] ?? "server-error";
}

function isOverloaded({ words }: ErrorBody): boolean {
  return words.some((word) => /overload|engine_busy|capacity/.test(word));
}
