import type { SyncStore } from "@sluice/core";

import type { BatchStore } from "../../src/batch.ts";
import { reserveEach } from "../each.ts";

/** What a faulty store does with what it is asked. */
type Fault = "none" | "rejects" | "hangs" | "charges, then rejects";

/** A store whose answers can be withheld: for the guard's own timing. What real servers do is tested with real servers. */
export interface FaultyStore extends BatchStore {
  fault: Fault;
  error: unknown;
  /** Answers come so much later. What they tell was done at once, or with `isQueued` only then. */
  delayMs: number;
  isQueued: boolean;
  /** How often it was asked anything. */
  readonly asked: number;
}

/** `inner`, with faults. */
export function faulty(inner: SyncStore): FaultyStore {
  let asked = 0;
  const answer = async <T extends object>(act: () => T): Promise<T> => {
    asked++;
    const { fault, delayMs, isQueued } = made;
    if (fault === "rejects") throw made.error;
    const done = fault === "hangs" || isQueued ? undefined : act();
    if (fault === "charges, then rejects") throw made.error;
    if (fault === "hangs") await new Promise(() => {});
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    return copied(done ?? act());
  };
  const made: FaultyStore = {
    fault: "none",
    error: new Error("connection lost"),
    delayMs: 0,
    isQueued: false,
    get asked() {
      return asked;
    },
    reserve: async (claims, lease) => answer(() => inner.reserve(claims, lease)),
    reserveMany: async (batch) => answer(() => inner.reserveMany(batch)),
    reserveEach: async (requests) => answer(() => reserveEach(inner, requests)),
    peek: async (claims) => answer(() => inner.peek(claims)),
    extend: async (claims, extension) => answer(() => inner.extend(claims, extension)),
    settle: async (claims, settlement) => answer(() => inner.settle(claims, settlement)),
    adjust: async (claims, direction) => answer(() => inner.adjust(claims, direction)),
    block: async (claims, forMs) => answer(() => inner.block(claims, forMs)),
    reset: async (claims) => answer(() => inner.reset(claims)),
  };
  return made;
}

/** What it told outlives the next call. */
function copied<T extends object>(outcome: T): T {
  return "states" in outcome
    ? { ...outcome, states: Array.from(outcome.states as number[]) }
    : outcome;
}
