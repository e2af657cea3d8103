/** Something that is due once, unless it is forgotten before. */
interface LongWait {
  readonly dueMs: number;
  readonly done: () => void;
}

const tickMs = 250;

/** Timers of ten seconds and more, which hardly ever come to their end: one real timer looks after all of them. */
export interface LongWaits {
  /** Calls `done` once after `ms`, or up to a quarter of a second later, unless the returned function was called first. */
  after(ms: number, done: () => void): () => void;
}

/** Nothing to wait for yet. It holds one timer while there is something, which does not keep a process alive that has nothing more to wait for. */
export function createLongWaits(): LongWaits {
  const waits = new Set<LongWait>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tick(): void {
    // First, so that one that throws keeps none of the others from its end.
    timer = setTimeout(tick, tickMs);
    const nowMs = performance.now();
    for (const wait of waits) {
      if (wait.dueMs > nowMs) continue;
      waits.delete(wait);
      wait.done();
    }
    if (waits.size > 0) return;
    clearTimeout(timer);
    timer = undefined;
  }

  return {
    after(ms, done) {
      const wait = { dueMs: performance.now() + ms, done };
      waits.add(wait);
      if (timer === undefined) timer = setTimeout(tick, tickMs);
      else if (waits.size === 1) keepAlive(timer, true);
      return () => {
        if (waits.delete(wait) && waits.size === 0 && timer !== undefined) keepAlive(timer, false);
      };
    },
  };
}

// Browsers and workers know no such thing, and need none.
function keepAlive(timer: ReturnType<typeof setTimeout>, isKept: boolean): void {
  if (typeof timer !== "object") return;
  if (isKept) timer.ref();
  else timer.unref();
}
