import type { History } from "./way.ts";

/** Of the answers that have ended, so many are remembered. */
const remembered = 200;
/** What answers are taken to be like before one has ended. */
const atFirst = 256;

/** Learns what answers are like from those that have ended. */
export function createHistory(): { add(tokens: number): void; now(): History } {
  const last: number[] = [];
  let known: History = { mean: atFirst, p90: atFirst };
  let isStale = false;
  return {
    add(tokens) {
      last.push(tokens);
      if (last.length > remembered) last.shift();
      isStale = true;
    },
    now() {
      if (isStale) {
        const mean = last.reduce((sum, tokens) => sum + tokens, 0) / last.length;
        const sorted = last.toSorted((a, b) => a - b);
        known = { mean, p90: sorted[Math.ceil(sorted.length * 0.9) - 1]! };
        isStale = false;
      }
      return known;
    },
  };
}
