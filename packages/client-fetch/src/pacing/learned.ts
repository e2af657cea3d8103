/** What a lane finds out of a limit that no header tells: additive increase, and decrease to what was let through. */
export interface Learned {
  /** In a minute; `undefined` until something was refused that no header explains. */
  limitOf(unit: "requests" | "tokens"): number | undefined;
  /** A call of so many tokens that was sent `sentAtMs` was let through. */
  accept(sentAtMs: number, tokens: number): void;
  /** A call that was sent `sentAtMs` was refused, and nothing tells why. */
  refuse(nowMs: number, sentAtMs: number): void;
  /** Takes notice of the time. `isPressed`: more wants to go than may. Answers whether a limit has changed. */
  grow(nowMs: number, isPressed: boolean): boolean;
}

const secondMs = 1_000;
const minuteMs = 60_000;
const seconds = 60;
// At first: a refusal may well be another's doing, and one call in a minute would be a wrong lesson.
const leastAtFirst = 60;
const holdMs = 60_000;
const stepMs = 10_000;
const firstStep = 0.08;
const laterStep = 0.01;
// So many steps of the same size lead back to where it was refused, and beyond.
const evenSteps = 10;
// Up to what was let through before it goes by leaps, once so many calls were let through and none refused for a while.
const leap = 4;
const calmMs = 5_000;
const calmCalls = 5;
const forgetMs = 600_000;

/**
 * Learns from what the provider lets through. Refused, it takes what came through within the last minute for the limit, and goes up from
 * there by 8 %, then by twice as much each time, every ten seconds; refused again, it takes the rate that was too
 * much, or half of the limit where that is more, holds it for a minute, and goes up by 1 % ten times before it doubles its steps. After ten minutes without pressure it forgets.
 */
export function createLearned(): Learned {
  const counts = new Float64Array(seconds * 2);
  const at = new Float64Array(seconds);
  let limits: { requests: number; tokens: number } | undefined;
  let changedAtMs = -Infinity;
  let refusedAtMs = -Infinity;
  let pressedAtMs = -Infinity;
  let step = firstStep;
  let stepsLeft = 0;
  let ceiling = 0;
  let accepted = 0;

  function acceptedSince(fromMs: number): { requests: number; tokens: number } {
    let requests = 0;
    let tokens = 0;
    for (let index = 0; index < seconds; index++) {
      if (at[index]! * secondMs < fromMs) continue;
      requests += counts[index * 2]!;
      tokens += counts[index * 2 + 1]!;
    }
    return { requests, tokens };
  }

  function isCalm(nowMs: number): boolean {
    return nowMs - refusedAtMs >= calmMs && accepted >= calmCalls;
  }

  function scaleBy(factor: number): void {
    if (limits === undefined) return;
    limits = { requests: limits.requests * factor, tokens: limits.tokens * factor };
  }

  return {
    limitOf: (unit) => limits?.[unit],
    accept(sentAtMs, tokens) {
      if (sentAtMs > refusedAtMs) accepted += 1;
      const second = Math.floor(sentAtMs / secondMs);
      const index = ((second % seconds) + seconds) % seconds;
      if (at[index]! > second) return;
      if (at[index]! < second) {
        at[index] = second;
        counts[index * 2] = 0;
        counts[index * 2 + 1] = 0;
      }
      counts[index * 2]! += 1;
      counts[index * 2 + 1]! += tokens;
    },
    refuse(nowMs, sentAtMs) {
      // What was sent before the last lesson was learnt teaches nothing more.
      if (sentAtMs <= refusedAtMs) return;
      const minute = acceptedSince(nowMs - minuteMs);
      if (limits === undefined) {
        // Calls came as they liked: only what came in a whole minute tells a limit, and where that was little, nothing does.
        const requests = Math.max(leastAtFirst, minute.requests);
        const tokens = (minute.tokens * requests) / Math.max(1, minute.requests);
        limits = { requests, tokens: tokens === 0 ? Infinity : tokens };
        changedAtMs = nowMs;
        step = firstStep;
        stepsLeft = 0;
        ceiling = minute.requests;
      } else {
        // Calls went evenly: what went since the last step up tells the rate that was too much.
        const overMs = Math.min(minuteMs, Math.max(stepMs, nowMs - changedAtMs));
        const since = acceptedSince(nowMs - overMs);
        const scale = minuteMs / overMs;
        const was = limits;
        limits = {
          requests: lower(was.requests, Math.max(minute.requests, since.requests * scale)),
          tokens: lower(was.tokens, Math.max(minute.tokens, since.tokens * scale)),
        };
        changedAtMs = nowMs + holdMs - stepMs;
        step = laterStep;
        stepsLeft = evenSteps;
        // Refused far below what was let through before, or amid other refusals, it says nothing of that.
        if (was.requests >= ceiling * 0.9 && isCalm(nowMs)) {
          ceiling = Math.max(limits.requests, ceiling * 0.95);
        }
      }
      refusedAtMs = nowMs;
      pressedAtMs = nowMs;
      accepted = 0;
    },
    grow(nowMs, isPressed) {
      if (limits === undefined) return false;
      if (isPressed) pressedAtMs = nowMs;
      if (nowMs - pressedAtMs > forgetMs && nowMs - refusedAtMs > forgetMs) {
        limits = undefined;
        return true;
      }
      if (!isPressed) return false;
      if (limits.requests < ceiling && isCalm(nowMs)) {
        // It was more not long ago, and nobody minds any more.
        scaleBy(Math.min(leap, ceiling / limits.requests));
        return true;
      }
      if (nowMs - changedAtMs < stepMs) return false;
      changedAtMs = nowMs;
      scaleBy(1 + step);
      if (stepsLeft > 0) stepsLeft -= 1;
      else step = Math.min(1, step * 2);
      return true;
    },
  };
}

/** What was let through, but no more than the limit was, and no less than half of that. */
function lower(limit: number, letThrough: number): number {
  return limit === Infinity ? limit : Math.max(1, limit / 2, Math.min(limit, letThrough));
}
