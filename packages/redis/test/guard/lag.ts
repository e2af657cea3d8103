/** How late this process itself was: what a request waited for that, no store could help. */
export interface LagMeter extends Disposable {
  /** Milliseconds between `fromMs` and `toMs` in which this process did something else. */
  between(fromMs: number, toMs: number): number;
}

const everyMs = 2;

/** Looks at the time as often as timers allow, and keeps some seconds of what it saw. */
export function lagMeter(): LagMeter {
  const stalls: { readonly fromMs: number; readonly toMs: number }[] = [];
  let seenMs = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - seenMs > everyMs + 1) stalls.push({ fromMs: seenMs + everyMs, toMs: now });
    seenMs = now;
    if (stalls.length > 5_000) stalls.splice(0, 2_500);
  }, everyMs);
  return {
    between(fromMs, toMs) {
      let sum = 0;
      for (let at = stalls.length - 1; at >= 0 && stalls[at]!.toMs > fromMs; at--) {
        const stall = stalls[at]!;
        sum += Math.max(0, Math.min(toMs, stall.toMs) - Math.max(fromMs, stall.fromMs));
      }
      // The one that has not been seen yet.
      return sum + Math.max(0, toMs - Math.max(fromMs, seenMs + everyMs));
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
