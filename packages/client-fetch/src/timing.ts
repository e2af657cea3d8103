import { createLongWaits } from "./long-waits.ts";

/** Time and chance, as every policy takes them. A test gives its own; each is looked up late, so that a patched global is used. */
export interface Timing {
  /** Milliseconds since 1970; may step back, and nothing breaks when it does. */
  now(): number;
  /** Calls `done` once after `ms`, unless the returned function was called first. */
  after(ms: number, done: () => void): () => void;
  /** From 0 up to but not including 1. */
  random(): number;
}

const longMs = 10_000;
const longWaits = /* @__PURE__ */ createLongWaits();

/** The globals' time and chance. */
export const systemTiming: Timing = {
  now: () => Date.now(),
  after(ms, done) {
    if (ms >= longMs) return longWaits.after(ms, done);
    const timer = setTimeout(done, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
