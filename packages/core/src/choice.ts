import { SluiceError } from "./errors.ts";
import { fail } from "./options.ts";
import { type Subject, valueOf } from "./subject.ts";

/** A value that depends on the subject: looked up by its value of `dimension`. Made by `by()` and `byTier()`. */
export interface Choice<T> {
  readonly dimension: string;
  readonly table: Readonly<Record<string, BySubject<T>>>;
  /** For a subject without the dimension, or with a value that the table does not name; without it, such a subject is an error. */
  readonly otherwise: BySubject<T> | undefined;
}

/** A value, or a choice of one by the subject. */
export type BySubject<T> = T | Choice<T>;

/**
 * Chooses by the subject's value of `dimension`. Nested, as a value of the table or as `otherwise`, it makes an override chain:
 * `by("key", keys, by("tenant", tenants, by("model", models, 60)))`. Checked by the limit that it is given to.
 */
export function by<T extends number | string>(
  dimension: string,
  table: Readonly<Record<string, BySubject<T>>>,
  otherwise?: BySubject<T>,
): Choice<T> {
  return { dimension, table, otherwise };
}

/** Chooses by `subject.tier`: `byTier({ free: 60, pro: 600 })`. */
export function byTier<T extends number | string>(
  table: Readonly<Record<string, BySubject<T>>>,
  otherwise?: BySubject<T>,
): Choice<T> {
  return by("tier", table, otherwise);
}

/** The same choices of what `check` makes of each value, which throws for a wrong one. Throws `invalid-option` naming `option`. */
export function mapChoice<T extends number | string, U>(
  given: BySubject<T>,
  option: string,
  check: (value: T, option: string) => U,
): BySubject<U> {
  if (typeof given !== "object" || given === null) return check(given, option);
  const { dimension, table, otherwise } = given;
  if (typeof dimension !== "string" || typeof table !== "object" || table === null) {
    fail(option, "a value, or made by by() or byTier()", given);
  }
  if (Object.keys(table).length === 0 && otherwise === undefined) {
    fail(option, "given at least one value", table);
  }
  // Without a prototype: a value from outside finds nothing but what was put there.
  const checked: Record<string, BySubject<U>> = Object.create(null);
  for (const [value, part] of Object.entries(table)) {
    checked[value] = mapChoice(part, `${option} for ${dimension} "${value}"`, check);
  }
  return {
    dimension,
    table: checked,
    otherwise: otherwise === undefined ? undefined : mapChoice(otherwise, option, check),
  };
}

/** What `choice` comes to for `subject`. Throws `invalid-subject`, naming the limit, where it has no value. */
export function choose(choice: BySubject<number>, subject: Subject, limit: string): number {
  let chosen = choice;
  while (typeof chosen === "object") {
    const { dimension, table, otherwise }: Choice<number> = chosen;
    const value = valueOf(subject, dimension);
    const found = (value === undefined ? undefined : table[value]) ?? otherwise;
    if (found === undefined) {
      throw new SluiceError(
        "invalid-subject",
        `subject: limit "${limit}" has nothing for its "${dimension}"`,
      );
    }
    chosen = found;
  }
  return chosen;
}
