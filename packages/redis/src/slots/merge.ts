import type { ChargeOutcome, Outcome } from "@sluice/core";

import type { Group } from "./groups.ts";

/** One answer of those of the groups of a request: refused where one is, at the latest time. */
export function mergeOutcomes(groups: readonly Group[], outcomes: readonly Outcome[]): Outcome {
  const verdicts = new Set(outcomes.map(({ verdict }) => verdict));
  return {
    verdict: strictest.find((verdict) => verdicts.has(verdict)) ?? "allowed",
    replayed: outcomes.every(({ replayed }) => replayed),
    ...merged(groups, outcomes, 4),
  };
}

/** As `mergeOutcomes`: applied where one part was. What was not is charged nothing. */
export function mergeCharges(
  groups: readonly Group[],
  outcomes: readonly ChargeOutcome[],
): ChargeOutcome {
  const applied = outcomes.some((outcome) => outcome.applied);
  return { applied, ...merged(groups, outcomes, 2), ...(applied ? {} : { states: [] }) };
}

const strictest: readonly Outcome["verdict"][] = ["full", "blocked", "refused"];

interface Answer {
  readonly atMs: number;
  readonly expired: number;
  readonly states: ArrayLike<number>;
}

function merged(groups: readonly Group[], answers: readonly Answer[], width: number): Answer {
  const claims = groups.reduce((sum, { places }) => sum + places.length, 0);
  const states = Array.from({ length: claims * width }, () => 0);
  for (const [index, { places }] of groups.entries()) {
    const own = answers[index]?.states ?? [];
    for (const [at, place] of places.entries()) {
      for (let part = 0; part < width; part++) {
        states[place * width + part] = own[at * width + part] ?? 0;
      }
    }
  }
  return {
    atMs: Math.max(...answers.map(({ atMs }) => atMs)),
    // All slots have a part of the same lease.
    expired: Math.max(...answers.map(({ expired }) => expired)),
    states,
  };
}
