export type { Attempt, Execution } from "./attempt.ts";
export type { Cause } from "./cause.ts";
export { allowancesOf } from "./hints/allowances-of.ts";
export { causeOf, causeOfEnd } from "./hints/cause-of.ts";
export { type Head, hintOf } from "./hints/hint-of.ts";
export type { Allowance, Hint } from "./hints/hint.ts";
export type { Ended, CallOutcome, TruncationReason } from "./outcome.ts";
export type { Timing } from "./timing.ts";
