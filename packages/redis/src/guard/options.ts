import { checkOptions, type Clock, failOption } from "@sluice/core";

import type { FailureModes } from "./failure.ts";
import type { OwnGrants } from "./local.ts";

/** What a guard tells its `observe` hook, each once. */
export type GuardEvent =
  /** The store failed, or was late: decisions are made in the modes of failure from now on. */
  | { readonly kind: "failure"; readonly error: unknown; readonly atMs: number }
  /** The store decides again, and has been told what it missed. */
  | { readonly kind: "recovery"; readonly degradedMs: number; readonly atMs: number };

/** What a guard asks of the store below beside its verbs. */
interface Own extends OwnGrants {
  /** A write that charges nothing. */
  beat(): Promise<void>;
  /** What the server has lost has been put back. */
  restored(): Promise<void>;
}

/** Options of `guard()`. */
export interface GuardOptions {
  /** No decision waits longer for the store. Default: 50. */
  readonly deadlineMs?: number;
  /** What happens instead. Default: `"local"`. */
  readonly failure?: FailureModes;
  /**
   * The part of each limit that this process gives out by itself in mode `"local"`, above 0, at most 1: with n processes, 1 / n keeps all of
   * them together within one more capacity. Default: 1.
   */
  readonly share?: number;
  /**
   * The replaying store below, which knows what this process was granted: decisions without the store begin there, and its beat tells whether the
   * store is back. Default: they begin with nothing, and the store is asked to peek at what was asked last.
   */
  readonly own?: Own;
  /** How long an id is remembered once its lease has ended, as by the store. Default: ten minutes. */
  readonly rememberMs?: number;
  readonly observe?: (event: GuardEvent) => void;
  /** The store's, in tests. Default: told from the store's answers. */
  readonly clock?: Clock;
}

const names: readonly (keyof GuardOptions)[] = [
  "deadlineMs",
  "failure",
  "share",
  "own",
  "rememberMs",
  "observe",
  "clock",
];

/** Throws `invalid-option`. */
export function checkGuardOptions(options: GuardOptions): void {
  checkOptions("guard", options, names);
  const { deadlineMs = 50, share = 1 } = options;
  if (!Number.isSafeInteger(deadlineMs) || deadlineMs < 1 || deadlineMs > 60_000) {
    failOption("guard: deadlineMs", "an integer from 1 to 60,000", deadlineMs);
  }
  if (typeof share !== "number" || !(share > 0 && share <= 1)) {
    failOption("guard: share", "above 0 and at most 1", share);
  }
  for (const name of ["observe", "clock"] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== "function")
      failOption(`guard: ${name}`, "a function", value);
  }
}
