import { checkOptions, type Duration, durationMs, failOption } from "@sluice/core";

import type { RetryRules } from "./plan.ts";

/** How calls are repeated. */
export interface RetryOptions {
  /** Of one call, at most. Default: 2. */
  readonly retries?: number;
  /** Of these, after attempts that may have been executed, and billed, of a method that is not idempotent. Default: 1. */
  readonly afterExecution?: number;
  /** Default: `"full"`. */
  readonly jitter?: "full" | "decorrelated";
  /** Default: `"500ms"`. */
  readonly base?: Duration;
  /** Of the waits that no server asked for. Default: `"8s"`. */
  readonly cap?: Duration;
}

/** The rules that `options` ask for. Throws `invalid-option`. */
export function retryRules(options: RetryOptions): RetryRules {
  checkOptions("retry", options, ["retries", "afterExecution", "jitter", "base", "cap"]);
  const { retries = 2, afterExecution = 1, jitter = "full" } = options;
  for (const [name, count] of Object.entries({ retries, afterExecution })) {
    if (!Number.isSafeInteger(count) || count < 0) {
      failOption(`retry: ${name}`, "an integer from 0", count);
    }
  }
  if (jitter !== "full" && jitter !== "decorrelated") {
    failOption("retry: jitter", '"full" or "decorrelated"', jitter);
  }
  return {
    retries,
    afterExecution,
    jitter,
    baseMs: durationMs(options.base ?? "500ms", "retry: base"),
    capMs: durationMs(options.cap ?? "8s", "retry: cap"),
  };
}
