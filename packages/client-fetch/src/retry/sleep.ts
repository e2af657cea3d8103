import type { Timing } from "../timing.ts";

/** Resolves after `ms`, or rejects at once with the signal's reason when it is aborted. Leaves no timer and no listener behind. */
export function sleep(ms: number, timing: Timing, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = timing.after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    function abort(): void {
      stop();
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}
