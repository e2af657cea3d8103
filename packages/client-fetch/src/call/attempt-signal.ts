import type { Timing } from "../timing.ts";

/** The signal of one attempt: the caller's, and a time-out of its own. */
export interface AttemptSignal {
  readonly signal: AbortSignal;
  isTimeout(): boolean;
  /** Nothing has to come in time any more; the caller may still give up. */
  stopTimer(): void;
  /** Lets go of the timer and of the caller's signal. */
  release(): void;
  /** Ends the attempt, and its connection. */
  abort(reason: unknown): void;
}

/** Aborts with the caller's reason, or after `ms` with `late()`. To be released when the response has ended. */
export function attemptSignal(
  caller: AbortSignal | undefined,
  ms: number,
  late: () => unknown,
  timing: Timing,
): AttemptSignal {
  const controller = new AbortController();
  let isTimeout = false;
  const stopTimer = timing.after(Math.max(0, ms), () => {
    isTimeout = true;
    controller.abort(late());
  });
  const follow = (): void => controller.abort(caller?.reason);
  if (caller?.aborted) follow();
  else caller?.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    isTimeout: () => isTimeout,
    stopTimer,
    release() {
      stopTimer();
      caller?.removeEventListener("abort", follow);
    },
    abort: (reason) => controller.abort(reason),
  };
}
