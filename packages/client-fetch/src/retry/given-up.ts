import type { Timing } from "../timing.ts";

/** Calls that were given up, which the layer above may send again. */
export interface GivenUp<T> {
  /** Whether any is remembered: only then is it worth telling which. */
  readonly isEmpty: boolean;
  /** Remembers what `call` came to; it may be sent again `repeats` times. */
  remember(call: string, answer: T, repeats: number): void;
  /** Takes one repetition of `call`, if this is one, and says how many may follow. */
  take(call: string): { readonly answer: T; readonly repeats: number } | undefined;
}

interface Entry<T> {
  readonly answer: T;
  readonly repeats: number;
  readonly untilMs: number;
}

/**
 * A memory of `most` calls for `forMs` each. Each that is given up lets one later call of the same bytes pass for its repetition, and no
 * more: others may send the same, and are not repetitions.
 */
export function givenUp<T>(most: number, forMs: number, timing: Timing): GivenUp<T> {
  const entries = new Map<string, Entry<T>[]>();
  let size = 0;

  function drop(call: string, list: Entry<T>[]): Entry<T> | undefined {
    const entry = list.shift();
    if (entry !== undefined) size--;
    if (list.length === 0) entries.delete(call);
    return entry;
  }

  // Oldest first, as a Map is: a call that is given up again goes to the end.
  function forget(nowMs: number): void {
    for (const [call, list] of entries) {
      if (size <= most && list[0]!.untilMs > nowMs) return;
      drop(call, list);
    }
  }

  return {
    get isEmpty() {
      return size === 0;
    },
    remember(call, answer, repeats) {
      if (repeats <= 0) return;
      const list = entries.get(call) ?? [];
      entries.delete(call);
      list.push({ answer, repeats, untilMs: timing.now() + forMs });
      entries.set(call, list);
      size++;
      forget(timing.now());
    },
    take(call) {
      forget(timing.now());
      const list = entries.get(call);
      const entry = list === undefined ? undefined : drop(call, list);
      return entry === undefined ? undefined : { answer: entry.answer, repeats: entry.repeats - 1 };
    },
  };
}
