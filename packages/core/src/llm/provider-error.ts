import { isObject, type JsonObject, member } from "./json.ts";

/** An error that a provider reports, in a body of its own or in the middle of a stream. Both fields are one line and bounded. */
export interface ProviderError {
  /** The provider's own code, type or status, such as `"overloaded_error"`; at most 100 characters; `"error"` if it has none. */
  readonly code: string;
  /** At most 500 characters. */
  readonly message: string;
}

/** The error that `code` and `message`, which may be anything, are. */
export function providerError(code: unknown, message: unknown): ProviderError {
  return { code: line(code, 100) || "error", message: line(message, 500) };
}

/**
 * The error in `value`, or `undefined`: `{ error: "…" }`, `{ error: { code | type | status, message } }`, and objects that say themselves that
 * they are one by `type` or `object`.
 */
export function errorOf(value: unknown): ProviderError | undefined {
  const error = member(value, "error");
  if (typeof error === "string" && error !== "") return providerError(undefined, error);
  if (isObject(error)) return providerError(codeOf(error), error["message"]);
  if (!isObject(value)) return undefined;
  if (value["type"] !== "error" && value["object"] !== "error") return undefined;
  return providerError(member(value, "code") ?? codeOf(value), value["message"]);
}

function codeOf(error: JsonObject): unknown {
  const words = ["code", "type", "status"].map((key) => member(error, key));
  return words.find((word) => typeof word === "string" && word !== "") ?? member(error, "code");
}

function line(value: unknown, most: number): string {
  if (typeof value !== "string" && typeof value !== "number") return "";
  return String(value)
    .slice(0, most)
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
