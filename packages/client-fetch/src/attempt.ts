import type { Cause } from "./cause.ts";

/** Whether the server may have done, and billed, what it was asked. */
export type Execution = "not-sent" | "refused" | "maybe-executed" | "executed";

/** One request that was sent upstream, or that was to be. */
export interface Attempt {
  /** Of the target: `"https://api.openai.com"`. */
  readonly origin: string;
  readonly model: string | undefined;
  /** When it began, in milliseconds since 1970. */
  readonly atMs: number;
  /** How long it waited before: in the queue, for pacing, for a retry. */
  readonly waitedMs: number;
  /** From its beginning until it failed, or until its answer began. */
  readonly tookMs: number;
  readonly status: number | undefined;
  readonly cause: Cause;
  readonly execution: Execution;
  /** One line of at most 200 characters; no secret. */
  readonly message: string | undefined;
}
