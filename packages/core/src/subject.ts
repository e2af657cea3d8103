import { shown, SluiceError } from "./errors.ts";

/**
 * Who or what is limited: a record of dimensions, as `{ tenant: "acme", model: "small" }`.
 * A value is a string of 1 to 256 characters. Dimensions that no limit names are ignored.
 */
export type Subject = Readonly<Record<string, string | undefined>>;

const longest = 256;

/** Throws `invalid-subject` unless `subject` is an object. */
export function checkSubject(subject: unknown): void {
  if (typeof subject === "object" && subject !== null && !Array.isArray(subject)) return;
  throw new SluiceError("invalid-subject", `subject: must be an object, got ${shown(subject)}`);
}

/** The subject's own value of `dimension`, if it has a string there. */
export function valueOf(subject: Subject, dimension: string): string | undefined {
  const value = subject[dimension];
  return typeof value === "string" && Object.hasOwn(subject, dimension) ? value : undefined;
}

/**
 * The subject's values in the dimensions `per` as one string, distinct for distinct values, whatever characters they hold.
 * Throws `invalid-subject`, naming the limit, when one is missing, empty, too long or not a string.
 */
export function subjectKey(limit: string, per: readonly string[], subject: Subject): string {
  if (per.length === 1) return checkedValue(limit, per[0]!, subject);
  let key = "";
  for (const dimension of per) {
    const value = checkedValue(limit, dimension, subject);
    // The length in front keeps ["a|b", "c"] and ["a", "b|c"] apart.
    key += `${value.length}:${value}|`;
  }
  return key;
}

function checkedValue(limit: string, dimension: string, subject: Subject): string {
  const value = valueOf(subject, dimension);
  if (value !== undefined && value.length > 0 && value.length <= longest) return value;
  throw new SluiceError(
    "invalid-subject",
    `subject: limit "${limit}" is per "${dimension}", which must be a string of 1 to ${longest} characters, got ${shown(subject[dimension])}`,
  );
}
