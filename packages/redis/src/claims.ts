import type { OnExpiry, Terms } from "@sluice/core";

import type { PeriodsOf } from "./periods.ts";

/** The seventh argument, of claims under a lease: the rule for its expiry. */
export const ruleCodes: Readonly<Record<OnExpiry, string>> = {
  "charge-used": "0",
  "charge-estimate": "1",
  refund: "2",
};

/** Appends the 5 arguments that terms have in every script: their kind, capacity, and three numbers of the algorithm. */
export function termsArguments(args: string[], terms: Terms, periodsOf: PeriodsOf): void {
  const { algorithm, capacity, windowMs, precisionMs, periodEndMs, refill, everyMs } = terms;
  const most = String(capacity);
  switch (algorithm) {
    case "sliding-window":
      args.push("0", most, String(windowMs), String(precisionMs), "0");
      return;
    case "token-bucket":
      args.push("1", most, String(refill), String(everyMs), "0");
      return;
    case "fixed-window": {
      const { fromMs, firstEndMs, secondEndMs } = periodsOf(periodEndMs ?? never);
      args.push("2", most, String(fromMs), String(firstEndMs), String(secondEndMs));
      return;
    }
    case "concurrency":
      args.push("3", most, "0", "0", "0");
  }
}

/** A fixed window without a calendar is one whose period never ends. */
function never(): number {
  return Number.MAX_SAFE_INTEGER;
}
