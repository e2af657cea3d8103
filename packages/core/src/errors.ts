/** What went wrong, as a closed set that a program can switch on. */
export type SluiceErrorCode =
  | "invalid-option"
  | "invalid-subject"
  | "invalid-cost"
  | "invalid-id"
  | "invalid-clock"
  | "id-conflict"
  | "store-locked"
  | "store-failed"
  | "store-corrupt"
  | "native-unavailable"
  | "invalid-reply"
  | "connection-failed"
  | "deadline-exceeded"
  | "response-truncated"
  | "circuit-open"
  | "call-shed"
  | "budget-spent";

// In the registry of symbols, so that a guard from one copy of the package knows an error from another.
const brand = Symbol.for("sluice.error");

/**
 * The one error that Sluice throws: for what the caller got wrong and for what could not be done.
 * A refusal is never thrown. Nothing has changed state when it is.
 */
export class SluiceError extends Error {
  /** Why, for a program. */
  readonly code: SluiceErrorCode;

  constructor(code: SluiceErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "SluiceError";
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `error` is a `SluiceError`, also one from another copy of this package. */
export function isSluiceError(error: unknown): error is SluiceError {
  return typeof error === "object" && error !== null && brand in error;
}

/** A value as an error message shows it: its kind and at most 40 characters, on one line. */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    if (value.length > 40) return `a string of ${value.length} characters`;
    return JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, "?");
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value).slice(0, 40);
}
