import type { ErrorBody } from "./error-body.ts";
import type { Allowance } from "./hint.ts";

const moneyWords = new Set([
  "insufficient_quota",
  "billing_hard_limit_reached",
  "billing_not_active",
  "billing_error",
  "insufficient_credits",
  "insufficient_balance",
  "enforced_spend_limit_reached",
]);
const moneyMessage = /credit balance is too low|insufficient (?:balance|credits|funds)/i;
const longMessage = /per day|daily|per month|monthly|\([RT]PD\)/i;
const longQuota = /Per(?:Day|Month)/;

/** Whether what refused is a lack of money, or an allowance of nothing: no wait helps. */
export function isMoney(status: number, error: ErrorBody | undefined): boolean {
  if (status === 402) return true;
  if (error === undefined || status >= 500) return false;
  const isSpent =
    error.words.some((word) => moneyWords.has(word)) || moneyMessage.test(error.message);
  return isSpent || (status === 429 && error.isNothing);
}

/** Whether what refused is an allowance of a day or longer. `spent` are those of which nothing remains. */
export function isQuota(
  status: number,
  error: ErrorBody | undefined,
  spent: readonly Allowance[],
): boolean {
  if (status !== 429 && status !== 403) return false;
  const isLong = spent.some(({ windowMs = 0 }) => windowMs >= 86_400_000);
  if (error === undefined) return isLong;
  const isNamed =
    error.quotaIds.some((id) => longQuota.test(id)) || error.words.includes("quota_exceeded");
  return isLong || isNamed || longMessage.test(error.message);
}
