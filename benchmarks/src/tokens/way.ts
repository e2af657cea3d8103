import type { Limiter, SyncStore } from "@sluice/core";

/** What is known of a request before it runs. */
export interface Asked {
  readonly promptTokens: number;
  /** What its answer will be: for the one way that knows it, to compare the others with. */
  readonly answerTokens: number;
}

/** A request that was let through, while it runs. */
export interface Running {
  /** So many tokens were streamed since the last time. Default: nobody counts them. */
  readonly streamed?: (tokens: number) => void;
  /** It ends, and used so many tokens, the prompt's included. */
  readonly ended: (tokens: number) => void;
}

/** What answers have been like. */
export interface History {
  /** The tokens of those that have ended lately. */
  readonly mean: number;
  /** What nine of ten of them did not exceed. */
  readonly p90: number;
}

/** A way to charge tokens against a limit of so many in any minute. */
export interface Way {
  readonly name: string;
  readonly promise: string;
  /** Lets a request through under `limiter`, or not. */
  admit(asked: Asked, limiter: Limiter<SyncStore>, history: History): Running | undefined;
}
