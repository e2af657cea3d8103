/** Costs as of prompts, for requests in turn: each between 1 and 2,000. */
export const tokenCosts: readonly number[] = [412, 1_750, 88, 1_203, 640, 1_999, 7, 951];

/** What the request at `index` costs. */
export function costAt(index: number): number {
  return tokenCosts[index & 7]!;
}
