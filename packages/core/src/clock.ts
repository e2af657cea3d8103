import { shown, SluiceError } from "./errors.ts";

/** Tells the time in integer milliseconds since any fixed instant, as `Date.now` does. */
export type Clock = () => number;

/**
 * A clock that never steps back: when `clock` does, time goes on from where it had got to, so that
 * capacity is neither freed nor frozen. A step forward is taken as time that has passed.
 * Throws `invalid-clock` when `clock` answers anything but a safe integer.
 */
export function steadyClock(clock: Clock): Clock {
  // Fields of an object: a variable that holds such a number would be a new object at each call.
  const time = { last: -Infinity, ahead: 0 };
  return () => {
    const read = clock();
    if (!Number.isSafeInteger(read)) {
      throw new SluiceError(
        "invalid-clock",
        `clock: must answer an integer of milliseconds, got ${shown(read)}`,
      );
    }
    const now = read + time.ahead;
    if (now >= time.last) return (time.last = now);
    time.ahead += time.last - now;
    return time.last;
  };
}
