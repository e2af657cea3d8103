import type { Attempt } from "../attempt.ts";

/** What one call has used up of its time, and what it has sent, over all targets. */
export interface Course {
  readonly attempts: Attempt[];
  readonly deadlineAtMs: number;
  readonly class: string;
  /** The layer above repeats a call that was given up: one attempt, and no retry. */
  readonly isRepeat: boolean;
}
