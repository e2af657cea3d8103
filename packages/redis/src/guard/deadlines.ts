/** A call that is waited for. */
interface Wait {
  /** It was answered; false when it was given up before. */
  end(): boolean;
}

/** Gives up calls that are not answered in time. */
export interface Deadlines {
  /** Waits from now on: `onLate` is called once, unless the wait is ended before. */
  start(onLate: () => void): Wait;
}

interface Link {
  readonly dueMs: number;
  readonly onLate: () => void;
  isOver: boolean;
  before: Link | undefined;
  after: Link | undefined;
}

/**
 * One timer for all calls, as all wait equally long. It keeps the process alive, for `deadlineMs` at most, when somebody waits.
 * What has been answered is read before anything is given up, so that a pause of this process is not taken for one of the store.
 */
export function createDeadlines(deadlineMs: number, somebodyWaits = true): Deadlines {
  let first: Link | undefined;
  let last: Link | undefined;
  let isArmed = false;

  const arm = (): void => {
    isArmed = first !== undefined;
    if (first === undefined) return;
    const timer = setTimeout(read, Math.max(0, Math.ceil(first.dueMs - performance.now())));
    if (!somebodyWaits) timer.unref();
  };
  // Timers run before the sockets are read, immediates after.
  const read = (): void => void setImmediate(giveUp);
  const giveUp = (): void => {
    const now = performance.now();
    try {
      for (let late = first; late !== undefined && late.dueMs <= now; late = first) {
        over(late);
        late.onLate();
      }
    } finally {
      arm();
    }
  };
  const over = (link: Link): boolean => {
    if (link.isOver) return false;
    link.isOver = true;
    if (link.before === undefined) first = link.after;
    else link.before.after = link.after;
    if (link.after === undefined) last = link.before;
    else link.after.before = link.before;
    return true;
  };

  return {
    start(onLate) {
      const dueMs = performance.now() + deadlineMs;
      const link: Link = { dueMs, onLate, isOver: false, before: last, after: undefined };
      if (last === undefined) first = link;
      else last.after = link;
      last = link;
      if (!isArmed) arm();
      return { end: () => over(link) };
    },
  };
}

/** What `promise` comes to, or a rejection when that takes longer. */
export async function within<T>(deadlines: Deadlines, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const wait = deadlines.start(() => reject(new Error("the store does not answer")));
    promise.then(
      (value) => {
        if (wait.end()) resolve(value);
      },
      (error: unknown) => {
        if (wait.end()) reject(error);
      },
    );
  });
}
