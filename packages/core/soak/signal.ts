import type { Signal } from "@sluice/core";

/** An `AbortSignal` that tells how many listen. */
export interface CountedSignal extends Signal {
  readonly abort: () => void;
  readonly listeners: () => number;
}

/** A signal that has not aborted. */
export function createSignal(): CountedSignal {
  const listeners = new Set<() => void>();
  let aborted = false;
  return {
    get aborted() {
      return aborted;
    },
    reason: undefined,
    addEventListener: (_, listener) => void listeners.add(listener),
    removeEventListener: (_, listener) => void listeners.delete(listener),
    abort() {
      aborted = true;
      for (const listener of listeners) listener();
    },
    listeners: () => listeners.size,
  };
}
