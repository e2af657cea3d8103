/** Hands on what is put in, in order, each after its delay. */
export interface DelayLine<T> {
  put(item: T, delayMs: number): void;
  /** Forgets what is on its way. */
  clear(): void;
}

export function delayLine<T>(deliver: (item: T) => void): DelayLine<T> {
  const waiting: { readonly item: T; readonly dueMs: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    const [first] = waiting;
    timer = first && setTimeout(flush, Math.ceil(first.dueMs - performance.now()));
  };
  const flush = (): void => {
    const nowMs = performance.now();
    const later = waiting.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = waiting.splice(0, later === -1 ? waiting.length : later);
    for (const { item } of due) deliver(item);
    wait();
  };
  return {
    put(item, delayMs) {
      if (delayMs === 0 && waiting.length === 0) return deliver(item);
      waiting.push({ item, dueMs: performance.now() + delayMs });
      if (timer === undefined) wait();
    },
    clear() {
      waiting.length = 0;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
