import type { Execution } from "../attempt.ts";

const refusals = new Set([408, 409, 425, 429, 503, 529]);

/** Whether a server that answered with `status` may have done, and billed, what it was asked (RFC 9110 §9.2.2, §15). */
export function executionOf(status: number): Execution {
  if (status < 400) return "executed";
  return status < 500 || refusals.has(status) ? "refused" : "maybe-executed";
}
