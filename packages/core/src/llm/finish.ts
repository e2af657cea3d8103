/**
 * How an answer finished: `"complete"`; `"cut"` by a limit on its length; `"filtered"`, refused or withheld; `"failed"`.
 */
export type Finish = "complete" | "cut" | "filtered" | "failed";

const order: readonly Finish[] = ["complete", "cut", "filtered", "failed"];

/** The worse of two, of which either may be missing. */
export function worse(one: Finish | undefined, other: Finish | undefined): Finish | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return order[Math.max(order.indexOf(one), order.indexOf(other))];
}

const hints: readonly (readonly [RegExp, Finish])[] = [
  [/error|fail|malformed|timeout|cancel/i, "failed"],
  [/filter|safety|refus|guardrail|block/i, "filtered"],
  [/length|max|limit|exceeded/i, "cut"],
];

/**
 * What a provider's finish reason means by its table. A reason that the table does not have is told by its words, and is `"complete"`
 * where they say nothing: the provider did finish. No string, or an empty one, is no finish.
 */
export function finishOf(
  reason: unknown,
  table: Readonly<Record<string, Finish>>,
): Finish | undefined {
  if (typeof reason !== "string" || reason === "") return undefined;
  if (Object.hasOwn(table, reason)) return table[reason];
  return hints.find(([words]) => words.test(reason))?.[1] ?? "complete";
}
