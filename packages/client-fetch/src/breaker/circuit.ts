import type { Cause } from "../cause.ts";
import type { Timing } from "../timing.ts";
import type { Weights } from "./weights.ts";

/** What a breaker's options come to, and what it tells. */
export interface CircuitRules {
  readonly timing: Timing;
  readonly weights: Weights;
  readonly threshold: number;
  readonly minimumCalls: number;
  readonly windowMs: number;
  readonly openForMs: number;
  readonly longestOpenMs: number;
  readonly probeForMs: number;
  readonly tell: (circuit: Circuit) => void;
}

/** One key's circuit. */
export interface Circuit {
  readonly key: string;
  phase: "closed" | "open" | "half-open";
  /** Of an open one: when a probe may go. Of one that is half open: when the probe is given up as lost. */
  untilMs: number;
  /** Weights of failures, and all calls that ended, both decayed to `atMs`. */
  failed: number;
  ended: number;
  atMs: number;
  inFlight: number;
  /** How often it opened since it last worked. */
  openings: number;
  /** A call that was let through before the phase last changed tells of another time. */
  turn: number;
}

/** A closed circuit that nothing is known of. */
export function newCircuit(key: string, nowMs: number): Circuit {
  return {
    key,
    phase: "closed",
    untilMs: 0,
    failed: 0,
    ended: 0,
    atMs: nowMs,
    inFlight: 0,
    openings: 0,
    turn: 0,
  };
}

/**
 * The share that has failed, from 0: by weight, of all calls that ended in the window or are in flight. These have not failed yet: an answer
 * takes minutes and a failure none, so that those that ended would tell of failures alone.
 */
export function failureShare({ failed, ended, inFlight }: Circuit): number {
  const all = ended + inFlight;
  return all === 0 ? 0 : failed / all;
}

/** Brings what is counted to `nowMs`: it decays to 1/e in a window. */
export function decay(circuit: Circuit, windowMs: number, nowMs: number): void {
  const passedMs = nowMs - circuit.atMs;
  circuit.atMs = nowMs;
  if (passedMs <= 0) return;
  const left = Math.exp(-passedMs / windowMs);
  circuit.failed *= left;
  circuit.ended *= left;
}

/** Opens it until an instant, or for longer with each opening since it last worked. */
export function open(circuit: Circuit, rules: CircuitRules, untilMs?: number): void {
  const nowMs = rules.timing.now();
  const ownMs = Math.min(rules.openForMs * 2 ** circuit.openings, rules.longestOpenMs);
  // Up to a tenth longer, so that many processes do not probe together.
  const ownUntilMs = nowMs + Math.ceil(ownMs * (1 + rules.timing.random() / 10));
  circuit.phase = "open";
  circuit.untilMs =
    untilMs === undefined ? ownUntilMs : Math.min(untilMs, nowMs + rules.longestOpenMs);
  circuit.openings += 1;
  circuit.turn += 1;
  rules.tell(circuit);
}

/** Closes it, with nothing counted. */
function close(circuit: Circuit, rules: CircuitRules): void {
  circuit.phase = "closed";
  circuit.untilMs = 0;
  circuit.failed = 0;
  circuit.ended = 0;
  circuit.openings = 0;
  circuit.turn += 1;
  rules.tell(circuit);
}

/** Lets one call probe. */
export function probe(circuit: Circuit, rules: CircuitRules): void {
  circuit.phase = "half-open";
  circuit.untilMs = rules.timing.now() + rules.probeForMs;
  circuit.turn += 1;
  rules.tell(circuit);
}

/** Takes in what a call came to that was let through in `turn`. */
export function learn(
  circuit: Circuit,
  rules: CircuitRules,
  turn: number,
  cause: Cause,
  untilMs: number | undefined,
): void {
  const nowMs = rules.timing.now();
  decay(circuit, rules.windowMs, nowMs);
  circuit.inFlight = Math.max(0, circuit.inFlight - 1);
  if (turn !== circuit.turn) return;
  const weight = rules.weights[cause];
  const isToldUntil = untilMs !== undefined && untilMs > nowMs && mayBeTold.has(cause);
  if (isToldUntil) return open(circuit, rules, untilMs);
  if (circuit.phase === "half-open") {
    if (weight === 0) return close(circuit, rules);
    if (weight !== "neutral") return open(circuit, rules);
    // It says nothing: the next call is the probe.
    circuit.phase = "open";
    circuit.untilMs = nowMs;
    circuit.turn += 1;
    return;
  }
  if (weight === "neutral") return;
  circuit.ended += 1;
  circuit.failed += weight;
  // The call that just ended makes it so, or nothing does.
  if (weight === 0 || circuit.ended + circuit.inFlight < rules.minimumCalls) return;
  if (failureShare(circuit) >= rules.threshold) open(circuit, rules);
}

// What a server may say "not before" with, for all who call it.
const mayBeTold: ReadonlySet<Cause> = new Set(["overloaded", "server-error", "quota"]);
