import type { ProviderError, Truncation, Usage } from "@sluice/core/llm";

/** Why a response is not whole: what core reads in its bytes, or how the bytes themselves ended. */
export type TruncationReason =
  | Truncation
  /** The connection ended before the framing said so. */
  | "body-cut"
  /** Nothing, or no content, came for longer than the watchdog waits. */
  | "stalled"
  /** A Content-Encoding whose own end is missing. */
  | "encoding-cut";

/** How the answer to a call ended. */
export type CallOutcome =
  | "complete"
  | "truncated"
  /** By a limit on its length, as the provider says. */
  | "cut"
  | "filtered"
  | "failed"
  /** The caller gave it up. */
  | "aborted"
  /** Not in a form whose end can be told. */
  | "unknown";

/** What is known of a call when its answer has ended. */
export interface Ended {
  readonly outcome: CallOutcome;
  /** Set exactly where `outcome` is `"truncated"`. */
  readonly reason: TruncationReason | undefined;
  /** The provider's own count, where it gave one. */
  readonly usage: Usage | undefined;
  /** Of output, estimated where the provider gave no count. */
  readonly outputTokens: number;
  /** What the provider reported in the body. */
  readonly error: ProviderError | undefined;
}
