import { member } from "./json.ts";

/**
 * Tokens as the provider counted them. `input` and `output` are what is billed in all; the others are parts of them:
 * `cacheReads` and `cacheWrites` of `input`, `reasoning` of `output`. Total: `input + output`.
 */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheReads: number;
  readonly cacheWrites: number;
  readonly reasoning: number;
}

/** Figures as one event says them; later ones replace earlier ones, each by itself. */
export interface Counts {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly cacheReads?: number | undefined;
  readonly cacheWrites?: number | undefined;
  readonly reasoning?: number | undefined;
}

/** More than any response can have used; a figure above it is not believed. */
const most = 1e12;

/** The figure `key` of `value`, rounded up, or `undefined` unless it is a finite, non-negative number of a believable size. */
export function figure(value: unknown, key: string): number | undefined {
  const found = member(value, key);
  return typeof found === "number" && found >= 0 && found <= most ? Math.ceil(found) : undefined;
}

/** The sum of those that are there, or `undefined` if none is. */
export function sum(...figures: readonly (number | undefined)[]): number | undefined {
  let total: number | undefined;
  for (const one of figures) if (one !== undefined) total = (total ?? 0) + one;
  return total;
}

/** `earlier`, with what `later` says in its place. */
export function merged(earlier: Counts | undefined, later: Counts): Counts {
  return {
    input: later.input ?? earlier?.input,
    output: later.output ?? earlier?.output,
    cacheReads: later.cacheReads ?? earlier?.cacheReads,
    cacheWrites: later.cacheWrites ?? earlier?.cacheWrites,
    reasoning: later.reasoning ?? earlier?.reasoning,
  };
}

/** The usage that `counts` amount to; `inputIsFresh` where their input leaves out the cache. Parts never exceed their whole. */
export function usageOf(counts: Counts, inputIsFresh: boolean): Usage {
  const cached = (counts.cacheReads ?? 0) + (counts.cacheWrites ?? 0);
  const input = (counts.input ?? 0) + (inputIsFresh ? cached : 0);
  const output = counts.output ?? 0;
  const cacheReads = Math.min(counts.cacheReads ?? 0, input);
  return {
    input,
    output,
    cacheReads,
    cacheWrites: Math.min(counts.cacheWrites ?? 0, input - cacheReads),
    reasoning: Math.min(counts.reasoning ?? 0, output),
  };
}
