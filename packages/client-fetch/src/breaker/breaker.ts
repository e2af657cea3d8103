import { checkOptions, type Duration, durationMs, failOption } from "@sluice/core";

import { boundedMap } from "../bounded-map.ts";
import type { Cause } from "../cause.ts";
import { systemTiming, type Timing } from "../timing.ts";
import {
  type Circuit,
  type CircuitRules,
  decay,
  failureShare,
  learn,
  newCircuit,
  open,
  probe,
} from "./circuit.ts";
import { type Weights, weightsOf } from "./weights.ts";

/** Options of `createBreaker()`. */
export interface BreakerOptions {
  /** How much each cause counts as failed. Default: `"measured"`; given as an object, the rest is as there. */
  readonly weights?: "measured" | "classic" | Partial<Weights>;
  /** Opens when the weights of what failed are so large a share of all calls. Above 0. Default: 0.5. */
  readonly threshold?: number;
  /** Of that many calls, at least, ended in the window or in flight. Default: 10. */
  readonly minimumCalls?: number;
  /** What is counted decays to 1/e in that time. Default: `"60s"`. */
  readonly window?: Duration;
  /** How long it stays open at first; twice as long each time that its probe fails. Default: `"5s"`. */
  readonly openFor?: Duration;
  /** At most, also where the server says when. Default: `"5m"`. */
  readonly longestOpen?: Duration;
  /** A probe that says nothing for so long is given up for another. Default: `"2m"`. */
  readonly probeFor?: Duration;
  /** Keys kept; of those above, idle and closed ones are forgotten first. Default: 1,000. */
  readonly maxKeys?: number;
  /** Is told of each change. What it throws is ignored. */
  readonly onChange?: (state: BreakerState) => void;
  readonly timing?: Timing;
}

/** What is known of one key. */
export interface BreakerState {
  readonly key: string;
  readonly phase: "closed" | "open" | "half-open";
  /** When it lets a probe through, in milliseconds since 1970; `undefined` of a closed one. */
  readonly openUntilMs: number | undefined;
  /** By weight, from 0. */
  readonly failureShare: number;
  readonly inFlight: number;
}

/** A call that may go. */
export interface Passage {
  readonly openUntilMs: undefined;
  /** Whether the circuit waits for what this one comes to. */
  readonly isProbe: boolean;
  /**
   * What it came to; to be called once, what comes after is ignored. `untilMs`, in milliseconds since 1970: the server asks not to be called before;
   * it opens the circuit until then for `"overloaded"`, `"server-error"` and `"quota"`.
   */
  report(cause: Cause, hint?: { readonly untilMs?: number | undefined }): void;
}

/** A call that may not go. */
export interface Open {
  /** When to ask again, in milliseconds since 1970. */
  readonly openUntilMs: number;
}

/** Keeps calls from a server that is broken. */
export interface Breaker {
  /** Lets a call through, or says until when not to ask. Of a circuit that has been open long enough one call goes, alone, and decides. */
  admit(key: string): Passage | Open;
  state(key: string): BreakerState;
  /** Of all keys kept. */
  states(): readonly BreakerState[];
  /** Opens a circuit as another breaker's `onChange` tells that it has: so processes share what they know. */
  adopt(key: string, openUntilMs: number): void;
}

/**
 * A circuit breaker for each key, by what calls came to. What is the caller's own fault never opens it; a rate limit says
 * nothing of the server, unless `weights` says otherwise. A key names what fails together: the origin and the model; with credentials, where quotas are
 * to open it. Throws `invalid-option`.
 */
export function createBreaker(options: BreakerOptions = {}): Breaker {
  const { rules, maxKeys } = rulesOf(options);
  const { timing } = rules;
  const circuits = boundedMap<Circuit>(
    maxKeys,
    (key) => newCircuit(key, timing.now()),
    ({ phase, inFlight }) => phase === "closed" && inFlight === 0,
  );

  function passage(circuit: Circuit, isProbe: boolean): Passage {
    const { turn } = circuit;
    let isOver = false;
    circuit.inFlight += 1;
    return {
      openUntilMs: undefined,
      isProbe,
      report(cause, hint) {
        if (isOver) return;
        isOver = true;
        learn(circuit, rules, turn, cause, hint?.untilMs);
      },
    };
  }

  return {
    admit(key) {
      const circuit = circuits.for(key);
      if (circuit.phase === "closed") return passage(circuit, false);
      const nowMs = timing.now();
      if (nowMs < circuit.untilMs) {
        const isProbing = circuit.phase === "half-open";
        const soonMs = isProbing ? nowMs + rules.openForMs : circuit.untilMs;
        return { openUntilMs: Math.min(circuit.untilMs, soonMs) };
      }
      probe(circuit, rules);
      return passage(circuit, true);
    },
    state: (key) => stateOf(circuits.find(key) ?? newCircuit(key, timing.now()), rules),
    states: () => Array.from(circuits.values(), (circuit) => stateOf(circuit, rules)),
    adopt(key, openUntilMs) {
      const circuit = circuits.for(key);
      const isNews = circuit.phase !== "open" || openUntilMs > circuit.untilMs;
      if (isNews && openUntilMs > timing.now()) open(circuit, rules, openUntilMs);
    },
  };
}

function stateOf(circuit: Circuit, { timing, windowMs }: CircuitRules): BreakerState {
  decay(circuit, windowMs, timing.now());
  const { key, phase, untilMs, inFlight } = circuit;
  const openUntilMs = phase === "closed" ? undefined : untilMs;
  return { key, phase, openUntilMs, failureShare: failureShare(circuit), inFlight };
}

function rulesOf(options: BreakerOptions): { rules: CircuitRules; maxKeys: number } {
  checkOptions("breaker", options, [
    "weights",
    "threshold",
    "minimumCalls",
    "window",
    "openFor",
    "longestOpen",
    "probeFor",
    "maxKeys",
    "onChange",
    "timing",
  ]);
  const { threshold = 0.5, minimumCalls = 10, maxKeys = 1_000, onChange } = options;
  if (!Number.isFinite(threshold) || threshold <= 0) {
    failOption("breaker: threshold", "a number above 0", threshold);
  }
  for (const [name, count] of Object.entries({ minimumCalls, maxKeys })) {
    if (!Number.isSafeInteger(count) || count < 1) {
      failOption(`breaker: ${name}`, "an integer from 1", count);
    }
  }
  if (onChange !== undefined && typeof onChange !== "function") {
    failOption("breaker: onChange", "a function", onChange);
  }
  const rules: CircuitRules = {
    timing: options.timing ?? systemTiming,
    weights: weightsOf(options.weights ?? "measured"),
    threshold,
    minimumCalls,
    windowMs: durationMs(options.window ?? "60s", "breaker: window"),
    openForMs: durationMs(options.openFor ?? "5s", "breaker: openFor"),
    longestOpenMs: durationMs(options.longestOpen ?? "5m", "breaker: longestOpen"),
    probeForMs: durationMs(options.probeFor ?? "2m", "breaker: probeFor"),
    tell(circuit) {
      try {
        onChange?.(stateOf(circuit, rules));
      } catch {}
    },
  };
  return { rules, maxKeys };
}
