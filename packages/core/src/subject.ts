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

/**
 * The key under which the limit `name` counts `subject`: distinct for distinct values, whatever characters they hold.
 * Throws `invalid-subject` when a dimension of `per` is missing, empty, too long or not a string.
 */
export function subjectKey(name: string, per: readonly string[], subject: Subject): string {
  let key = name;
  for (const dimension of per) {
    const value = Object.hasOwn(subject, dimension) ? subject[dimension] : undefined;
    if (typeof value !== "string" || value.length === 0 || value.length > longest) {
      throw new SluiceError(
        "invalid-subject",
        `subject: limit "${name}" is per "${dimension}", which must be a string of 1 to ${longest} characters, got ${shown(value)}`,
      );
    }
    // The length in front keeps ["a|b", "c"] and ["a", "b|c"] apart, the dimension a user from an address.
    key += `|${dimension}:${value.length}:${value}`;
  }
  return key;
}
