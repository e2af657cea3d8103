/** What is done again and again. */
export interface RhythmOptions {
  readonly everyMs: number;
  readonly beat: () => Promise<void>;
  /** Done before each beat; whether there is still something to keep. */
  readonly sweep: () => boolean;
}

/** Beats as long as there is a reason to. */
export interface Rhythm {
  /** Something is about to be asked for the first time: a beat goes ahead of it. */
  begin(): void;
  /** Something was asked. */
  wake(): void;
}

/**
 * Beats at once when it begins, then every `everyMs` while something is asked, a fifth as often while something is kept, and else not at all. One
 * beat at a time: one that waits for its answer, or its connection, is enough. The timer does not keep the process alive.
 */
export function createRhythm({ everyMs, beat, sweep }: RhythmOptions): Rhythm {
  let isBusy = false;
  let isTold = false;
  let isBeating = false;
  let isSlow = false;
  let timer: NodeJS.Timeout | undefined;

  const tell = (): void => {
    isTold = true;
    if (isBeating) return;
    isBeating = true;
    const done = (): void => void (isBeating = false);
    beat().then(done, done);
  };
  const tick = (): void => {
    timer = undefined;
    const keeps = sweep();
    if (!isBusy && !keeps) return;
    isSlow = !isBusy;
    timer = setTimeout(tick, isSlow ? everyMs * 5 : everyMs).unref();
    isBusy = false;
    tell();
  };
  return {
    begin() {
      if (!isTold) tell();
    },
    wake() {
      isBusy = true;
      if (timer !== undefined && !isSlow) return;
      // After a silence, which may have been an outage, the next beat is not to be later than one amid traffic.
      clearTimeout(timer);
      isSlow = false;
      timer = setTimeout(tick, everyMs).unref();
    },
  };
}
