import { createDeadlines, within } from "./deadlines.ts";

/** Options of `createBreaker()`. */
export interface BreakerOptions {
  /** A probe that is answered later than this does not close it. */
  readonly deadlineMs: number;
  /** Whether the store does its work again: a write that charges nothing. */
  readonly probe: () => Promise<unknown>;
  /** Puts back what the store has missed, before anything is asked of it; rejects when it fails again. */
  readonly recover: () => Promise<void>;
  /** Whether something waits for the store even if nobody asks for anything. */
  readonly isOwed: () => boolean;
  readonly onChange: (isOpen: boolean, error: unknown) => void;
}

/** Keeps requests from a store that fails, and finds out when it is back. */
export interface Breaker {
  /** Whether the store is not to be asked. */
  readonly isOpen: boolean;
  /** It failed, or was late. */
  fail(error: unknown): void;
  /** A request was decided without it. */
  pass(): void;
}

const firstDelayMs = 25;
const longestDelayMs = 1_000;
/** Answers of probes that are waited for, each for so long: a client may keep them for as long as it is not connected, or for good. */
const mostProbes = 4;
const probeMs = 5_000;
/** It probes for so long after the last request, and while something is owed after it. */
const patienceMs = 10_000;
const longPatienceMs = 600_000;

/**
 * Opens at the first failure. While it is open the store is probed, first after 25 ms, then half as often each time, at least once a
 * second, and at once when an old probe is answered late. No timer keeps the process alive, and there is none when it is closed, or when nobody has
 * asked for 10 s and nothing is owed to the store; then the next request starts again.
 */
export function createBreaker(options: BreakerOptions): Breaker {
  const { deadlineMs, probe, recover, isOwed, onChange } = options;
  let isOpen = false;
  let isRecovering = false;
  let delayMs = firstDelayMs;
  let probes = 0;
  let passedAt = 0;
  let timer: NodeJS.Timeout | undefined;

  const patience = createDeadlines(probeMs, false);
  const free = (): void => void probes--;
  const schedule = (inMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(ask, inMs).unref();
  };
  const isWanted = (): boolean => {
    const idleMs = performance.now() - passedAt;
    return idleMs < patienceMs || (idleMs < longPatienceMs && isOwed());
  };
  const ask = (): void => {
    timer = undefined;
    if (!isOpen || isRecovering || !isWanted()) return;
    schedule(delayMs);
    delayMs = Math.min(longestDelayMs, delayMs * 2);
    if (probes < mostProbes) void ping();
  };
  const ping = async (): Promise<void> => {
    const since = performance.now();
    probes++;
    const answer = probe();
    // Answered later, it counts all the same.
    within(patience, answer).then(free, free);
    try {
      await answer;
    } catch {
      return;
    }
    if (!isOpen || isRecovering) return;
    if (performance.now() - since <= deadlineMs) return close();
    // It waited for a connection: that is there now.
    schedule(Math.min(delayMs, firstDelayMs));
  };
  const close = async (): Promise<void> => {
    isRecovering = true;
    clearTimeout(timer);
    timer = undefined;
    try {
      await recover();
    } catch {
      isRecovering = false;
      schedule(delayMs);
      return;
    }
    isRecovering = false;
    isOpen = false;
    delayMs = firstDelayMs;
    onChange(false, undefined);
  };

  return {
    get isOpen() {
      return isOpen;
    },
    fail(error) {
      if (isOpen) return;
      isOpen = true;
      passedAt = performance.now();
      schedule(delayMs);
      onChange(true, error);
    },
    pass() {
      passedAt = performance.now();
      if (timer === undefined && !isRecovering) schedule(Math.min(delayMs, longestDelayMs));
    },
  };
}
