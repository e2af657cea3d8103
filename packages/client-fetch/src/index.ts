export type { Attempt, Execution } from "./attempt.ts";
export type { Cause } from "./cause.ts";
export type { Ended, CallOutcome, TruncationReason } from "./outcome.ts";
export type { Timing } from "./timing.ts";
