import { setTimeout as pause } from "node:timers/promises";

import type { Claim } from "@sluice/core";

import type { Group } from "./groups.ts";

/** Gives back the parts of leases that did not come about. */
export interface Returns {
  /** Begins at once, and goes on by itself. Each promise resolves when a part was given back, or a first attempt failed. */
  giveBack(groups: readonly Group[], id: string): readonly Promise<void>[];
  /** The id is asked for again: what has not been given back by now stays, and is found there. */
  stop(id: string): void;
}

/** Makes 6 attempts, within 1.6 s and the time that they take. `onFailed` is told what then stays charged. */
export function returns(
  undo: (claims: readonly Claim[], id: string) => Promise<void>,
  onFailed: (claims: readonly Claim[], error: unknown) => void,
): Returns {
  const failing = new Map<string, AbortController>();

  async function tryAgain(
    claims: readonly Claim[],
    id: string,
    signal: AbortSignal,
  ): Promise<void> {
    let failure: unknown;
    for (const longestMs of pausesMs) {
      await pause(longestMs * (0.5 + Math.random() / 2));
      if (signal.aborted) return;
      try {
        return await undo(claims, id);
      } catch (error) {
        failure = error;
      }
    }
    onFailed(claims, failure);
  }

  async function goOn(claims: readonly Claim[], id: string): Promise<void> {
    const controller = failing.get(id) ?? new AbortController();
    failing.set(id, controller);
    await tryAgain(claims, id, controller.signal);
    if (failing.get(id) === controller) failing.delete(id);
  }

  return {
    giveBack: (groups, id) =>
      groups.map(({ claims }) => undo(claims, id).catch(() => void goOn(claims, id))),
    stop(id) {
      if (failing.size === 0) return;
      failing.get(id)?.abort();
      failing.delete(id);
    },
  };
}

const pausesMs: readonly number[] = [50, 100, 200, 400, 800];
