/** Time and chance, as every policy takes them. A test gives its own; each is looked up late, so that a patched global is used. */
export interface Timing {
  /** Milliseconds since 1970; may step back, and nothing breaks when it does. */
  now(): number;
  /** Calls `done` once after `ms`, unless the returned function was called first. */
  after(ms: number, done: () => void): () => void;
  /** From 0 up to but not including 1. */
  random(): number;
}

// Longer timers fire at once on every runtime.
const longestMs = 2_147_483_647;

/** The globals' time and chance. */
export const systemTiming: Timing = {
  now: () => Date.now(),
  after(ms, done) {
    const timer = setTimeout(done, Math.min(ms, longestMs));
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
