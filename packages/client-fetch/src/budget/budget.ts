import { checkOptions, type Duration, durationMs, failOption } from "@sluice/core";

import { boundedMap } from "../bounded-map.ts";
import type { Timing } from "../timing.ts";

/** How much may be repeated. */
export interface BudgetOptions {
  /** Of the calls, and of their tokens, of the last `window`. Default: 0.1. */
  readonly ratio?: number;
  /** Repetitions in `window` that are allowed however few the calls. Default: 10. */
  readonly floor?: number;
  /** Default: `"1m"`. */
  readonly window?: Duration;
  /** Targets that are told apart; what is unused for longest is forgotten. Default: 1,000. */
  readonly maxTargets?: number;
}

/** What may be repeated of calls to each target: "origin model". */
export interface RetryBudget {
  /** Counts a call, before its first attempt. */
  charge(target: string, tokens: number): void;
  /** Takes one repetition of `tokens`, or says that none is left. */
  take(target: string, tokens: number): boolean;
}

interface Slot {
  calls: number;
  tokens: number;
  retries: number;
  retriedTokens: number;
}

interface Window {
  readonly slots: Slot[];
  /** Number of the newest slot since 1970. */
  newest: number;
  readonly sum: Slot;
}

const slotCount = 12;

/**
 * A budget of repetitions, in calls as in tokens, of which there is either `floor` or `ratio` of what was called, whichever is more: so
 * attempts per call stay below 1 + `ratio` once calls are many. (SRE book, ch. 21.) Throws `invalid-option`.
 */
export function retryBudget(options: BudgetOptions, timing: Timing): RetryBudget {
  checkOptions("budget", options, ["ratio", "floor", "window", "maxTargets"]);
  const { ratio = 0.1, floor = 10, maxTargets = 1_000 } = options;
  const windowMs = durationMs(options.window ?? "1m", "budget: window");
  if (!(ratio >= 0 && ratio <= 1)) failOption("budget: ratio", "a number from 0 to 1", ratio);
  if (!Number.isSafeInteger(floor) || floor < 0) {
    failOption("budget: floor", "an integer from 0", floor);
  }
  if (!Number.isSafeInteger(maxTargets) || maxTargets < 1) {
    failOption("budget: maxTargets", "an integer from 1", maxTargets);
  }
  const windows = boundedMap<Window>(maxTargets, () => ({
    slots: Array.from({ length: slotCount }, empty),
    newest: 0,
    sum: empty(),
  }));

  function windowOf(target: string): Window {
    const window = windows.for(target);
    advance(window, Math.floor(timing.now() / (windowMs / slotCount)));
    return window;
  }

  return {
    charge(target, tokens) {
      const window = windowOf(target);
      const slot = window.slots[window.newest % slotCount]!;
      slot.calls++;
      slot.tokens += tokens;
      window.sum.calls++;
      window.sum.tokens += tokens;
    },
    take(target, tokens) {
      const window = windowOf(target);
      const { sum } = window;
      const isWithin =
        sum.retries + 1 <= ratio * sum.calls && sum.retriedTokens + tokens <= ratio * sum.tokens;
      if (!isWithin && sum.retries >= floor) return false;
      const slot = window.slots[window.newest % slotCount]!;
      slot.retries++;
      slot.retriedTokens += tokens;
      sum.retries++;
      sum.retriedTokens += tokens;
      return true;
    },
  };
}

function empty(): Slot {
  return { calls: 0, tokens: 0, retries: 0, retriedTokens: 0 };
}

// A clock that steps back goes on with the newest slot.
function advance(window: Window, number: number): void {
  const { slots, sum } = window;
  if (number - window.newest > slotCount) window.newest = number - slotCount;
  while (window.newest < number) {
    const old = slots[++window.newest % slotCount]!;
    sum.calls -= old.calls;
    sum.tokens -= old.tokens;
    sum.retries -= old.retries;
    sum.retriedTokens -= old.retriedTokens;
    Object.assign(old, empty());
  }
}
