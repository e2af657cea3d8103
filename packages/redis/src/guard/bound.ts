import type { FailureMode } from "./failure.ts";

/**
 * By how much all processes together may grant more than a limit's capacity within one of its windows, and why: at most
 * `capacity × (processes × perProcess + once)`, plus `late`.
 */
export interface OverGrantBound {
  readonly state: "exact" | "degraded";
  /**
   * What each process that cannot reach the store may grant, as a part of the capacity: `share`, 0 where it refuses, `Infinity` where it
   * allows; of limits in several modes the most. 0 while the store decides.
   */
  readonly perProcess: number;
  /** What is granted once by all together, as a part of the capacity, should the store lose its state. */
  readonly once: number;
  /** Units of charges that came too late and were given back: these may leave a window earlier than they should, by their lateness. */
  readonly late: number;
  /** What was owed to the store and had to be dropped, as letters, counts and leases. */
  readonly dropped: number;
  readonly sentence: string;
}

/** What is in force. */
export function boundOf(
  state: OverGrantBound["state"],
  modes: ReadonlySet<FailureMode>,
  share: number,
  late: number,
  dropped: number,
): OverGrantBound {
  const perProcess = state === "exact" ? 0 : mostOf(modes, share);
  const sentence = sentenceOf(state, perProcess);
  return { state, perProcess, once: 1, late, dropped, sentence };
}

function mostOf(modes: ReadonlySet<FailureMode>, share: number): number {
  if (modes.has("allow")) return Infinity;
  return modes.has("local") ? share : 0;
}

function sentenceOf(state: OverGrantBound["state"], perProcess: number): string {
  const loss =
    "should the store lose its state, one capacity more at most, until that is seen and all have put their grants back";
  if (state === "exact") return `the store decides, and grants no more than the capacity; ${loss}`;
  if (perProcess === 0) return "the store cannot decide, and every request is refused";
  if (perProcess === Infinity) {
    return 'the store cannot decide, and limits in mode "allow" are not counted: there is no bound';
  }
  return `the store cannot decide: each process that cannot reach it grants ${perProcess} of the capacity at most, what it was granted before included; ${loss}`;
}
