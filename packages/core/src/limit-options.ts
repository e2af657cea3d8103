import { checkOptions, fail } from "./options.ts";

/** What every limit is told. */
export interface LimitOptions {
  /** 1 to 64 letters, digits, `-`, `_` or `.`, the first a letter or digit; unique in a limiter. Shown to clients. */
  readonly name: string;
  /** The most that may be spent, in `unit`: a non-negative safe integer. */
  readonly limit: number;
  /** What is counted: any name, as `"tokens"`. Default: `"requests"`, or `"inflight"` for concurrency. */
  readonly unit?: string;
  /** The dimensions of the subject that are counted apart; `[]` counts everyone together. */
  readonly per: readonly string[];
}

/** What every limit has, checked. */
export interface LimitBase {
  readonly name: string;
  readonly capacity: number;
  readonly unit: string;
  readonly per: readonly string[];
}

/**
 * What a lease that expires unsettled is charged: what `extend` reported (`"charge-used"`), the whole estimate, or nothing.
 */
export type OnExpiry = "charge-used" | "charge-estimate" | "refund";

/** All there are. */
export const expiryRules: ReadonlySet<unknown> = new Set<OnExpiry>([
  "charge-used",
  "charge-estimate",
  "refund",
]);

const nameForm = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The part of a limit that every algorithm checks alike; `names` are its own options. Throws `invalid-option`. */
export function limitBase(
  algorithm: string,
  options: LimitOptions,
  names: readonly string[],
  defaultUnit: string,
): LimitBase {
  checkOptions(algorithm, options, ["name", "limit", "per", "unit", ...names]);
  const { name, limit, per, unit = defaultUnit } = options;
  if (!isName(name)) fail("limit: name", nameRule, name);
  const at = `limit "${name}":`;
  if (!Number.isSafeInteger(limit) || limit < 0) {
    fail(`${at} limit`, "a non-negative safe integer", limit);
  }
  if (!isName(unit)) fail(`${at} unit`, nameRule, unit);
  if (!Array.isArray(per)) fail(`${at} per`, "an array of dimension names", per);
  for (const dimension of per) if (!isName(dimension)) fail(`${at} per`, nameRule, dimension);
  if (new Set(per).size !== per.length) fail(`${at} per`, "free of repetition", per);
  return { name, capacity: limit, unit, per: [...per] };
}

/** Throws `invalid-option` for a limit that no factory made, or that was changed since. */
export function checkLimit(limit: unknown): void {
  if (isMade(limit)) return;
  fail("createLimiter: limits", "made by slidingWindow() or concurrency()", limit);
}

function isMade(limit: unknown): boolean {
  if (typeof limit !== "object" || limit === null) return false;
  const fields: Partial<Record<string, unknown>> = { ...limit };
  const { name, unit, per, capacity, algorithm, onExpiry } = fields;
  if (!isName(name) || !isName(unit) || !Array.isArray(per) || !per.every(isName)) return false;
  if (!Number.isSafeInteger(capacity) || Number(capacity) < 0) return false;
  const isTime = (field: string): boolean =>
    Number.isSafeInteger(fields[field]) && Number(fields[field]) > 0;
  if (algorithm === "concurrency") return isTime("expiresAfterMs");
  const isWindow = isTime("windowMs") && isTime("precisionMs") && expiryRules.has(onExpiry);
  return algorithm === "sliding-window" && isWindow;
}

const nameRule =
  "1 to 64 letters, digits, dashes, underscores or dots, beginning with a letter or digit";

function isName(value: unknown): value is string {
  return typeof value === "string" && nameForm.test(value);
}
