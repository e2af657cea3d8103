import { type Failure, planRetry, retryRules, type RetryRules } from "@sluice/client-fetch";
import { describe, expect, it } from "vitest";

import { virtualTime } from "../virtual-time.ts";

const rules: RetryRules = retryRules({});
const hint = { waitMs: undefined, shouldRetry: undefined, isQuota: false, source: undefined };
const failure: Failure = {
  cause: "overloaded",
  execution: "refused",
  hint: undefined,
  retries: 0,
  retriesAfterExecution: 0,
  lastWaitMs: 0,
  isIdempotent: false,
  isReplayable: true,
  remainingMs: 600_000,
};

function plan(change: Partial<Failure>, seed = 1): ReturnType<typeof planRetry> {
  return planRetry({ ...failure, ...change }, rules, virtualTime(seed));
}

describe("planRetry()", () => {
  it.each<[string, Partial<Failure>]>([
    ["not-retryable", { cause: "client-error" }],
    ["not-retryable", { cause: "aborted" }],
    ["not-retryable", { cause: "aborted", hint: { ...hint, shouldRetry: true } }],
    ["told-not-to", { hint: { ...hint, shouldRetry: false } }],
    ["quota", { cause: "quota" }],
    ["quota", { cause: "rate-limit", hint: { ...hint, isQuota: true, waitMs: 5 } }],
    ["retries-spent", { retries: 2 }],
    ["maybe-executed", { execution: "maybe-executed", retriesAfterExecution: 1, retries: 1 }],
    ["maybe-executed", { cause: "truncated", execution: "executed", retriesAfterExecution: 1 }],
    ["one-shot-body", { isReplayable: false }],
    ["deadline", { hint: { ...hint, waitMs: 600_000 } }],
    ["deadline", { hint: { ...hint, waitMs: Number.POSITIVE_INFINITY } }],
  ])("stops (%s) at %o", (stop, change) => {
    expect(plan(change)).toEqual({ stop });
  });

  it.each<Partial<Failure>>([
    { cause: "connection", execution: "not-sent", isReplayable: false },
    { cause: "server-error", execution: "maybe-executed" },
    { execution: "maybe-executed", retriesAfterExecution: 1, retries: 1, isIdempotent: true },
    {
      execution: "maybe-executed",
      retriesAfterExecution: 1,
      retries: 1,
      hint: { ...hint, shouldRetry: true },
    },
    { cause: "client-error", hint: { ...hint, shouldRetry: true } },
    { execution: "refused", retriesAfterExecution: 1, retries: 1 },
  ])("goes on at %o", (change) => {
    expect(plan(change).stop).toBeUndefined();
  });

  it("never comes before the time that the server named, and at most twice as late", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const { waitMs } = plan({ hint: { ...hint, waitMs: 300 } }, seed);
      expect(waitMs).toBeGreaterThanOrEqual(300);
      expect(waitMs).toBeLessThanOrEqual(600);
    }
  });

  it("comes within the deadline where the server's own time does", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const { waitMs } = plan({ hint: { ...hint, waitMs: 300 }, remainingMs: 301 }, seed);
      expect(waitMs).toBe(300);
    }
  });
});
