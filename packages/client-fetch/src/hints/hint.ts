/** What a response says of when, and whether, to come again. */
export interface Hint {
  /**
   * How long to wait from now, in whole milliseconds, rounded up; `undefined` where the response names no time. `Infinity`:
   * waiting does not help (no money, no allowance).
   */
  readonly waitMs: number | undefined;
  /** `true` and `false` as `x-should-retry` says. */
  readonly shouldRetry: boolean | undefined;
  /** A spent allowance that is not a matter of seconds: `insufficient_quota`, a day's or a month's. */
  readonly isQuota: boolean;
  /** Which header or field said so, for people: `"retry-after"`. */
  readonly source: string | undefined;
}

/** One allowance as a response's headers tell it. */
export interface Allowance {
  readonly unit: "requests" | "tokens" | "inputTokens" | "outputTokens";
  /** `undefined` where the headers leave it out. Sentinels (negative, or a limit of 0 beside other values) are left out too. */
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** Until it is whole again, from now; `undefined` where the headers leave it out. */
  readonly resetMs: number | undefined;
  /** The window that `limit` is for, where the provider's table or the header says it: 60,000; 86,400,000. */
  readonly windowMs: number | undefined;
}
