import type { SyncStore } from "@sluice/core";

import type { BatchStore } from "../src/batch.ts";
import { reserveEach } from "./each.ts";

/** A store that answers later, as one in another process does. */
export interface LaterStore extends BatchStore {
  /** What it was asked, in order: the verb, and for a batch its size. */
  readonly asked: string[];
  /** Is run after each question is decided and before it is answered. */
  beforeAnswer: () => unknown;
  /** Rejects what is asked from now on, while it is set. */
  failure: Error | undefined;
}

/** Decides in the order it is asked in; answers are copies, and come when `beforeAnswer` has, or at the end of the tick. */
export function later(store: SyncStore): LaterStore {
  async function ask<T>(verb: string, decide: () => T): Promise<T> {
    self.asked.push(verb);
    if (self.failure !== undefined) throw self.failure;
    const answer = decide();
    await self.beforeAnswer();
    return answer;
  }
  const self: LaterStore = {
    asked: [],
    beforeAnswer: () => {},
    failure: undefined,
    reserve: (claims, lease) =>
      ask(lease === undefined ? "reserve" : "lease", () =>
        copied(store.reserve(claims, lease), claims.length * 4),
      ),
    reserveMany: (batch) =>
      ask(`reserveMany ${batch.length}`, () =>
        store.reserveMany(batch).map((outcome, at) => copied(outcome, batch[at]!.length * 4)),
      ),
    reserveEach: (requests) =>
      ask(`reserveEach ${requests.length}`, () => reserveEach(store, requests)),
    peek: (claims) => ask("peek", () => copied(store.peek(claims), claims.length * 4)),
    extend: (claims, extension) => ask("extend", () => copied(store.extend(claims, extension))),
    settle: (claims, settlement) => ask("settle", () => copied(store.settle(claims, settlement))),
    adjust: (claims, direction) => ask("adjust", () => copied(store.adjust(claims, direction))),
    block: (claims, forMs) => ask("block", () => copied(store.block(claims, forMs))),
    reset: (claims) => ask("reset", () => copied(store.reset(claims))),
  };
  return self;
}

function copied<T extends { readonly states: ArrayLike<number> }>(outcome: T, count?: number): T {
  return { ...outcome, states: Array.from(outcome.states).slice(0, count) };
}
