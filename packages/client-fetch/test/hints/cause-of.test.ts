import { causeOf, causeOfEnd } from "@sluice/client-fetch";
import { expect, it } from "vitest";

it.each([
  [200, undefined, "success"],
  [304, undefined, "success"],
  [400, undefined, "client-error"],
  [404, '{"error":{"code":"model_not_found"}}', "client-error"],
  [402, undefined, "quota"],
  [408, undefined, "timeout"],
  [409, undefined, "server-error"],
  [425, undefined, "server-error"],
  [429, undefined, "rate-limit"],
  [429, '{"error":{"code":"rate_limit_exceeded","type":"tokens"}}', "rate-limit"],
  [429, '{"error":{"code":"insufficient_quota"}}', "quota"],
  [429, '{"error":{"message":"Limit reached on requests per day (RPD)"}}', "quota"],
  [429, '{"error":{"type":"engine_overloaded_error"}}', "overloaded"],
  [498, undefined, "overloaded"],
  [500, '{"error":{"code":"insufficient_quota"}}', "server-error"],
  [502, "<html>", "server-error"],
  [503, undefined, "overloaded"],
  [504, undefined, "timeout"],
  [524, undefined, "timeout"],
  [529, undefined, "overloaded"],
] as const)("%i with the body %s is %s", (status, body, cause) => {
  expect(causeOf(status, body)).toBe(cause);
});

it.each([
  ["overloaded_error", "overloaded"],
  ["rate_limit_exceeded", "rate-limit"],
  ["throttlingException", "rate-limit"],
  ["insufficient_quota", "quota"],
  ["request_timeout", "timeout"],
  ["invalid_prompt", "client-error"],
  ["server_error", "server-error"],
  ["error", "server-error"],
  ["503", "overloaded"],
] as const)("an answer that fails with %s was ended by %s", (code, cause) => {
  expect(causeOfEnd({ outcome: "failed", error: { code, message: "" } })).toBe(cause);
});

it("an answer that was cut, filtered or not read is a success, and a truncated one is not", () => {
  const causes = (["complete", "cut", "filtered", "unknown", "truncated", "aborted"] as const).map(
    (outcome) => causeOfEnd({ outcome, error: undefined }),
  );
  expect(causes).toEqual(["success", "success", "success", "success", "truncated", "aborted"]);
});
