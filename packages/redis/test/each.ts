import { isSluiceError, type Outcome, type SyncStore } from "@sluice/core";

import type { Answer, Request } from "../src/batch.ts";

/** Decides on each in turn; outcomes are copies. */
export function reserveEach(store: SyncStore, requests: readonly Request[]): Answer[] {
  return requests.map(({ claims, lease }) => {
    try {
      return copied(store.reserve(claims, lease), claims.length * 4);
    } catch (error) {
      if (isSluiceError(error)) return error;
      throw error;
    }
  });
}

function copied(outcome: Outcome, count: number): Outcome {
  return { ...outcome, states: Array.from(outcome.states).slice(0, count) };
}
