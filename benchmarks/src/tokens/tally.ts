import { type Admitted, windowMs } from "./replay.ts";

/** What requests that were let through came to, as shares of the limit. */
export interface Tally {
  /** The most that was used in any minute, each request counted whole when it was let through. */
  readonly overshoot: number;
  /** What was used, of what all minutes allow. */
  readonly used: number;
  /** For each slice of time the most that was used in a minute that ends in it. */
  readonly course: readonly number[];
}

/** How long a slice of the course is. */
export const sliceMs = 10_000;

/** Counts what was let through in `durationMs`, in the order of time, by itself: it does not ask the limiter. */
export function tallyOf(admitted: readonly Admitted[], limit: number, durationMs: number): Tally {
  const course = Array.from<number>({ length: Math.ceil(durationMs / sliceMs) }).fill(0);
  let overshoot = 0;
  let inWindow = 0;
  let oldest = 0;
  let all = 0;
  let next = 0;
  const leave = (nowMs: number): void => {
    for (; oldest < next && admitted[oldest]!.atMs <= nowMs - windowMs; oldest++) {
      inWindow -= admitted[oldest]!.tokens;
    }
  };
  for (let slice = 0; slice < course.length; slice++) {
    const untilMs = (slice + 1) * sliceMs;
    leave(slice * sliceMs);
    let most = inWindow;
    for (; next < admitted.length && admitted[next]!.atMs < untilMs; next++) {
      const { atMs, tokens } = admitted[next]!;
      leave(atMs);
      inWindow += tokens;
      all += tokens;
      most = Math.max(most, inWindow);
    }
    overshoot = Math.max(overshoot, most / limit);
    course[slice] = round(most / limit);
  }
  return {
    overshoot,
    used: all / (limit * (durationMs / windowMs)),
    course,
  };
}

/** A course is for looking at: three digits are seen. */
function round(share: number): number {
  return Math.round(share * 1_000) / 1_000;
}
