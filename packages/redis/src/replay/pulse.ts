/**
 * Writes `next` to this process's own key on the server, if that still holds `known` at least, and answers what it held before; 0 when there was no key.
 * An answer below `known` tells that the server has lost what it was told after that, and nothing was written.
 */
export type WritePulse = (known: number, next: number) => Promise<number>;

/** Whether the server still knows what it told. */
export interface Pulse {
  /** Grants that come now are made after this beat: it rises. */
  readonly mark: number;
  /** Asks the server. Rejects when it does not answer. */
  beat(): Promise<void>;
}

/**
 * A number of this process's own that rises on the server, some times a second. A server that has forgotten it was flushed, or lost its
 * data; one that has an earlier one was rolled back to that moment, as by a fail-over to a replica that lagged: then `onLoss` is given
 * the first mark that is lost, and the one from now on. Each process has a number of its own, as one for all could be raised by others past the
 * one that was lost before anyone looks. A server that this process never wrote to has not lost anything of it. After `forgottenMs` without a beat,
 * the server may have let the number expire, which is no loss.
 */
export function createPulse(
  write: WritePulse,
  forgottenMs: number,
  onLoss: (mark: number, next: number) => void,
): Pulse {
  let sent = 0;
  let known = 0;
  let mark = 0;
  let knownAtMs = 0;

  return {
    get mark() {
      return mark;
    },
    async beat() {
      if (performance.now() - knownAtMs > forgottenMs) known = 0;
      const least = known;
      const next = ++sent;
      const held = await write(least, next);
      knownAtMs = performance.now();
      if (held >= least) {
        known = Math.max(known, next);
        mark = Math.max(mark, next);
        return;
      }
      // Another beat may have seen it first.
      if (known !== least) return;
      const again = ++sent;
      // Before it is written: what is granted or put back from now on may come before it, or after.
      mark = again;
      known = 0;
      onLoss(held, again);
      await write(0, again);
      known = Math.max(known, again);
    },
  };
}
