import type { Format } from "@sluice/core/llm";

import type { Breaker } from "../breaker/breaker.ts";
import type { RetryBudget } from "../budget/budget.ts";
import type { LikelyOutput } from "../budget/likely-output.ts";
import type { OutcomeCounts } from "../completeness/outcome-counts.ts";
import type { Fallback } from "../fallback/fallback.ts";
import type { Lanes } from "../queue/lanes.ts";
import type { GivenUp } from "../retry/given-up.ts";
import type { RetryRules } from "../retry/plan.ts";
import type { Timing } from "../timing.ts";
import type { Failed } from "./failed.ts";
import type { CallReport, Wait } from "./report.ts";

/** All policies of one fetch, each `undefined` where it is switched off. */
export interface Engine {
  readonly base: typeof globalThis.fetch;
  readonly timing: Timing;
  readonly rules: RetryRules;
  readonly budget: RetryBudget;
  readonly outputs: LikelyOutput;
  readonly outcomes: OutcomeCounts;
  readonly lanes: Lanes | undefined;
  readonly breaker: Breaker | undefined;
  readonly guard: GuardRules;
  readonly fallbacks: readonly Fallback[];
  readonly memory: GivenUp<Remembered>;
  readonly deadlineMs: number;
  readonly attemptMs: number;
  readonly defaultClass: string;
  /** In lower case. */
  readonly idempotencyHeader: string | undefined;
  readonly onWait: ((wait: Wait) => void) | undefined;
  readonly onEnd: ((report: CallReport) => void) | undefined;
}

/** A call that was given up. */
interface Remembered {
  readonly failed: Failed;
  /** So that who did the work already knows it again. */
  readonly idempotencyKey: string | undefined;
}

/** How answers are checked and watched. */
export interface GuardRules {
  readonly format: Format | "auto";
  readonly firstTokenMs: number | undefined;
  readonly betweenTokensMs: number | undefined;
  readonly maxHeldBytes: number | undefined;
}
