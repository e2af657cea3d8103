import type { ChargeOutcome, Claim, Outcome } from "@sluice/core";

import type { Desk } from "./binding.ts";
import { thrown } from "./faults.ts";
import { type KnownTerms, knownTerms } from "./terms.ts";

/** What a call does, as a number. */
export const verbs = {
  check: 0,
  reserve: 1,
  peek: 2,
  extend: 3,
  settle: 4,
  adjust: 5,
  block: 6,
  reset: 7,
} as const;

/*
 * How a call crosses over: crate/src/desk.rs is the other side of it. Given are the verb, the time, the number of claims or calls and what
 * else the verb has; then how many claims each call of a batch has; then six numbers for each claim. Told are 0 or a fault, the verdict,
 * the time, whether it is a replay, how many leases had expired; two numbers for each call of a batch; then the states.
 */
const given = {
  verb: 0,
  now: 1,
  claims: 2,
  more: 3,
  repeatable: 4,
  lengths: 8,
  first: 72,
  each: 6,
};
const told = { fault: 0, verdict: 1, at: 2, replayed: 3, expired: 4, calls: 8, states: 136 };

/** As many calls as are decided on together, and claims in a call. */
const mostCalls = 64;
const mostClaims = 32;
const stale = 5;

const verdicts = ["allowed", "refused", "blocked", "full"] as const;

/** A desk of the addon, and the arrays that its calls are made through. */
export interface Counter {
  readonly desk: Desk;
  readonly given: Float64Array;
  readonly told: Float64Array;
  /** The states of the last call. */
  readonly states: Float64Array;
  readonly terms: KnownTerms;
}

/** A counter over what `open` makes with its arrays, of so many numbers each. */
export function createCounter(
  sizes: readonly number[],
  open: (given: Float64Array, told: Float64Array) => Desk,
): Counter {
  const numbers = new Float64Array(sizes[0]!);
  const answers = new Float64Array(sizes[1]!);
  const desk = open(numbers, answers);
  return {
    desk,
    given: numbers,
    told: answers,
    states: answers.subarray(told.states, told.states + 4 * mostClaims),
    terms: knownTerms(numbers, (scope) => desk.define(scope)),
  };
}

/** Makes a call on claims at a time; what else the verb has is `more` and `repeatable`, and an amount for each claim. Throws what it faults with. */
export function call(
  counter: Counter,
  verb: number,
  claims: readonly Claim[],
  at: number,
  id?: string,
  more = 0,
  repeatable = false,
  amounts?: readonly (number | undefined)[],
): void {
  const { desk, given: numbers, told: answers } = counter;
  if (claims.length > mostClaims) throw thrown(4, claims.length);
  let now = at;
  for (;;) {
    let text = "";
    let last: string | undefined;
    for (let index = 0, place = given.first; index < claims.length; index++, place += given.each) {
      const { subject } = claims[index]!;
      // Several limits on the same dimensions have the same subject.
      const isSame = subject === last;
      put(counter, claims[index]!, place, now, isSame ? -1 : subject.length);
      if (amounts !== undefined) numbers[place + 5] = amounts[index] ?? Number.NaN;
      if (isSame) continue;
      text = last === undefined ? subject : text + subject;
      last = subject;
    }
    numbers[given.verb] = verb;
    numbers[given.now] = now;
    numbers[given.claims] = claims.length;
    numbers[given.more] = more;
    numbers[given.repeatable] = repeatable ? 1 : 0;
    if (id === undefined) desk.call(text);
    else desk.call(text, id);
    const fault = answers[told.fault]!;
    if (fault === 0) return;
    if (fault !== stale) throw thrown(fault, claims.length);
    // Another has seen a time beyond the periods whose ends were given: once more, by its time.
    now = answers[told.at]!;
  }
}

/** Decides on calls in turn, all at one time. */
export function callMany(
  counter: Counter,
  batch: readonly (readonly Claim[])[],
  at: number,
  outcomes: Outcome[],
): void {
  for (let from = 0; from < batch.length; from += mostCalls) {
    callSome(counter, batch, from, Math.min(from + mostCalls, batch.length), at, outcomes);
  }
}

function callSome(
  { desk, given: numbers, told: answers, terms }: Counter,
  batch: readonly (readonly Claim[])[],
  from: number,
  to: number,
  at: number,
  outcomes: Outcome[],
): void {
  const counter = { terms, given: numbers };
  let now = at;
  for (;;) {
    let text = "";
    let last: string | undefined;
    let place = given.first;
    for (let index = from; index < to; index++) {
      const claims = batch[index]!;
      if (claims.length > mostClaims) throw thrown(4, claims.length);
      numbers[given.lengths + index - from] = claims.length;
      for (const claim of claims) {
        const { subject } = claim;
        const isSame = subject === last;
        put(counter, claim, place, now, isSame ? -1 : subject.length);
        place += given.each;
        if (isSame) continue;
        text += subject;
        last = subject;
      }
    }
    numbers[given.now] = now;
    numbers[given.claims] = to - from;
    desk.batch(text);
    const fault = answers[told.fault]!;
    if (fault === 0) break;
    if (fault !== stale) throw thrown(fault, 0);
    now = answers[told.at]!;
  }
  const atMs = answers[told.at]!;
  let place = told.states;
  for (let index = from; index < to; index++) {
    const own = told.calls + 2 * (index - from);
    const verdict = verdicts[answers[own]!]!;
    // Each outcome of a batch has numbers of its own.
    const states = [answers[place]!, answers[place + 1]!, answers[place + 2]!, answers[place + 3]!];
    const end = place + 4 * batch[index]!.length;
    for (place += 4; place < end; place++) states.push(answers[place]!);
    place = end;
    outcomes.push({ verdict, atMs, replayed: false, expired: answers[own + 1]!, states });
  }
}

function put(
  { terms: known, given: numbers }: Pick<Counter, "terms" | "given">,
  { terms, cost }: Claim,
  place: number,
  now: number,
  length: number,
): void {
  const handle = known.handleOf(terms);
  numbers[place] = handle;
  numbers[place + 1] = cost;
  if (terms.periodEndMs !== undefined) {
    known.turn(handle, terms, now);
    numbers[place + 2] = known.ends[handle]!;
    numbers[place + 3] = known.nextEnds[handle]!;
  }
  numbers[place + 4] = length;
}

/** What the last call decided. */
export function outcomeOf({ told: answers, states }: Counter): Outcome {
  return {
    verdict: verdicts[answers[told.verdict]!]!,
    atMs: answers[told.at]!,
    replayed: answers[told.replayed] === 1,
    expired: answers[told.expired]!,
    states,
  };
}

/** What the last call charged. */
export function chargeOutcomeOf({ told: answers, states }: Counter): ChargeOutcome {
  const applied = answers[told.verdict] === 1;
  return {
    applied,
    atMs: answers[told.at]!,
    expired: answers[told.expired]!,
    states: applied ? states : [],
  };
}
