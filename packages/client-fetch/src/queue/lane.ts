import type { Cause } from "../cause.ts";
import type { Allowance, Hint } from "../hints/hint.ts";

/** A call that wants to go upstream. */
export interface Entry {
  /** One of the classes of the queue; any other is as the last of them. */
  readonly class: string;
  /** Input and output that it will likely use. */
  readonly tokens: number;
  /** The most that it may use, which some providers charge it from the start. Default: `tokens`. */
  readonly mostTokens?: number | undefined;
  /** Where a provider limits them apart. Default: `tokens`. */
  readonly inputTokens?: number | undefined;
  /** Default: `tokens`. */
  readonly outputTokens?: number | undefined;
  /** It is not worth anything later, in milliseconds since 1970. `Infinity`: it always is. */
  readonly deadlineAtMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A place upstream. To be finished once, or the lane is short of it for good. */
export interface Ticket {
  readonly shed: undefined;
  readonly waitedMs: number;
  /** The head came: its hint pauses the whole lane, its allowances set the lane's pace. */
  learn(head: {
    readonly status: number;
    readonly allowances: readonly Allowance[];
    readonly hint: Hint;
  }): void;
  /** The first content came. */
  firstToken(): void;
  /** Frees the place, and puts what was used in the place of the estimate. */
  finish(end: {
    readonly cause: Cause;
    readonly tokens?: number | undefined;
    readonly inputTokens?: number | undefined;
    readonly outputTokens?: number | undefined;
  }): void;
}

/** A call that is not to go. */
export interface Shed {
  /** The queue is full; it would come after its deadline; there is no allowance, and waiting does not help. */
  readonly shed: "queue-full" | "late" | "quota";
  /** How long the wait would be, as far as that can be told. */
  readonly waitMs: number;
}

/** What is known of a lane. */
export interface LaneState {
  readonly queued: number;
  /** Of each class. */
  readonly queuedBy: Readonly<Record<string, number>>;
  readonly inFlight: number;
  /** The most in flight at a time, as it is now. */
  readonly places: number;
  /** Nothing goes before that, in milliseconds since 1970; 0 where nothing pauses it. */
  readonly pausedUntilMs: number;
  /** Requests in a minute, as it is paced; `undefined` where no limit is known. */
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
}

/** The way to one bucket of a provider's limits: one origin, key and model. */
export interface Lane {
  /**
   * A ticket at once where there is room; a promise of one where the call has to wait for its place or its pace. A refusal is a value. Throws, or rejects
   * with, the signal's reason when that has aborted.
   */
  enter(entry: Entry): Ticket | Shed | Promise<Ticket | Shed>;
  state(): LaneState;
}
