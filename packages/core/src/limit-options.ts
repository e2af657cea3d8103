import { type BySubject, choose, mapChoice } from "./choice.ts";
import { checkOptions, fail } from "./options.ts";
import type { OnExpiry, Terms } from "./store/store.ts";
import type { Subject } from "./subject.ts";

/** What every limit is told. */
export interface LimitOptions {
  /** 1 to 64 letters, digits, `-`, `_` or `.`, the first a letter or digit; unique in a limiter. Shown to clients. */
  readonly name: string;
  /** What is counted: any name, as `"tokens"`. Default: `"requests"`, or `"inflight"` for concurrency. */
  readonly unit?: string;
  /** The dimensions of the subject that are counted apart; `[]` counts everyone together. */
  readonly per: readonly string[];
}

/** What every limit has, checked. */
export interface LimitBase {
  readonly name: string;
  readonly unit: string;
  readonly per: readonly string[];
  /** The most that may be charged at one time, in `unit`. */
  readonly capacity: BySubject<number>;
  /**
   * The numbers that hold for `subject`, or any that may where none is given: the scope is the same in all.
   * Throws `invalid-subject` where a choice has nothing for it.
   */
  readonly termsFor: (subject?: Subject) => Terms;
}

const expiryRules: ReadonlySet<unknown> = new Set<OnExpiry>([
  "charge-used",
  "charge-estimate",
  "refund",
]);

const nameForm = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const nameRule =
  "1 to 64 letters, digits, dashes, underscores or dots, beginning with a letter or digit";

/** The part of a limit that every algorithm checks alike; `names` are its own options. Throws `invalid-option`. */
export function limitBase<A extends Terms["algorithm"]>(
  algorithm: A,
  options: LimitOptions,
  names: readonly string[],
  defaultUnit = "requests",
): { name: string; unit: string; per: readonly string[]; algorithm: A; at: string; scope: string } {
  checkOptions(algorithm, options, ["name", "per", "unit", ...names]);
  const { name, per, unit = defaultUnit } = options;
  if (!isName(name)) fail("limit: name", nameRule, name);
  const at = `limit "${name}":`;
  if (!isName(unit)) fail(`${at} unit`, nameRule, unit);
  if (!Array.isArray(per)) fail(`${at} per`, "an array of dimension names", per);
  for (const dimension of per) if (!isName(dimension)) fail(`${at} per`, nameRule, dimension);
  if (new Set(per).size !== per.length) fail(`${at} per`, "free of repetition", per);
  // No name can hold the bar.
  const scope = [name, algorithm, unit, ...per].join("|");
  return { name, unit, per: [...per], algorithm, at, scope };
}

/** A limit's numbers, each a non-negative safe integer. Throws `invalid-option` naming `option`. */
export function amounts(given: BySubject<number>, option: string): BySubject<number> {
  return mapChoice(given, option, (value, at) => {
    if (Number.isSafeInteger(value) && value >= 0) return value;
    return fail(at, "a non-negative safe integer", value);
  });
}

/** The rule given, or the default for the unit. Throws `invalid-option`. */
export function expiryRule(onExpiry: OnExpiry | undefined, unit: string, at: string): OnExpiry {
  if (onExpiry === undefined) return unit === "requests" ? "charge-estimate" : "charge-used";
  if (expiryRules.has(onExpiry)) return onExpiry;
  return fail(`${at} onExpiry`, '"charge-used", "charge-estimate" or "refund"', onExpiry);
}

/** Terms with nothing in the fields that `own` does not fill. */
export function terms(
  own: Pick<Terms, "scope" | "algorithm" | "capacity" | "onExpiry"> & Partial<Terms>,
): Terms {
  // All of one shape, in one order: claims of every algorithm take the same way through a store.
  return {
    scope: own.scope,
    algorithm: own.algorithm,
    capacity: own.capacity,
    windowMs: own.windowMs ?? 0,
    precisionMs: own.precisionMs ?? 0,
    periodEndMs: own.periodEndMs,
    refill: own.refill ?? 0,
    everyMs: own.everyMs ?? 0,
    onExpiry: own.onExpiry,
  };
}

/** The terms for a subject, where two numbers may depend on it; each pair that can come is made, and checked, once and now. */
export function termsBySubject(
  limit: string,
  first: BySubject<number>,
  second: BySubject<number>,
  make: (first: number, second: number) => Terms,
): (subject?: Subject) => Terms {
  if (typeof first === "number" && typeof second === "number") {
    const only = make(first, second);
    return () => only;
  }
  const made = new Map<number, Map<number, Terms>>();
  for (const one of new Set(leaves(first))) {
    made.set(one, new Map(leaves(second).map((other) => [other, make(one, other)])));
  }
  const [any] = made.values();
  const [anyTerms] = any!.values();
  return (subject) =>
    subject === undefined
      ? anyTerms!
      : made.get(choose(first, subject, limit))!.get(choose(second, subject, limit))!;
}

function leaves(choice: BySubject<number>): number[] {
  if (typeof choice === "number") return [choice];
  const { table, otherwise } = choice;
  return [...Object.values(table), ...(otherwise === undefined ? [] : [otherwise])].flatMap(leaves);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && nameForm.test(value);
}
