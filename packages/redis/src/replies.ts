import { type ChargeOutcome, type Outcome, SluiceError } from "@sluice/core";

import type { Answer, Request } from "./batch.ts";

/** The first number of a reply that is no answer. */
const again = -1;
const conflict = -2;
const unsafe = -3;

/** By the number of a verdict. The fourth was allowed before; the last refuses one claim that is not blocked. */
const verdicts: readonly Outcome["verdict"][] = [
  "refused",
  "allowed",
  "blocked",
  "allowed",
  "refused",
];
const allowed = 1;
const replayed = 3;
const statesFrom = 3;
const refusedOne = 4;
/** In a batch: `replayed`, and the lease was found expired. */
const replayedExpired = 5;

/** A script's reply: safe integers, and nothing else. Throws `invalid-reply`. */
export function integersOf(reply: unknown): readonly number[] {
  if (!Array.isArray(reply) || reply.length < 2) return fail(reply);
  return reply.map((part: unknown) => {
    // Clients can be told to leave integers as text.
    const number = typeof part === "string" && /^-?\d{1,16}$/.test(part) ? Number(part) : part;
    return typeof number === "number" && Number.isSafeInteger(number) ? number : fail(reply);
  });
}

/** The server's time, when it must be asked again with the ends of the periods around it. */
export function askedAgainAt(numbers: readonly number[]): number | undefined {
  return numbers[0] === again ? numbers[1] : undefined;
}

/** What was decided on so many claims. Throws `id-conflict`. */
export function outcomeOf(numbers: readonly number[], claims: number): Outcome {
  const [code = -1, atMs = 0, third = 0] = numbers;
  if (code === conflict) throw idConflict();
  const from = isShort(code) ? 2 : statesFrom;
  const verdict = verdicts[code];
  if (verdict === undefined || numbers.length !== from + lengthOf(code, claims)) {
    return fail(numbers);
  }
  const expired = isShort(code) ? 0 : third;
  const states = statesOf(numbers, code, from, claims);
  return { verdict, replayed: code === replayed, atMs, expired, states };
}

function idConflict(): SluiceError {
  return new SluiceError("id-conflict", "id: was reserved before with another cost");
}

/** What was decided on each of a batch. */
export function answersOf(
  numbers: readonly number[],
  requests: readonly Request[],
): readonly Answer[] {
  const [kind, atMs = 0] = numbers;
  let from = 2;
  if (kind !== 1) return fail(numbers);
  const answers = requests.map(({ claims }): Answer => {
    const code = numbers[from] ?? -1;
    if (code === conflict) {
      from++;
      return idConflict();
    }
    const isExpired = code === replayedExpired;
    const verdict = verdicts[isExpired ? replayed : code];
    const length = lengthOf(code, claims.length);
    if (verdict === undefined || numbers.length < from + 1 + length) return fail(numbers);
    const states = statesOf(numbers, code, from + 1, claims.length);
    from += 1 + length;
    const isReplayed = isExpired || code === replayed;
    return { verdict, replayed: isReplayed, atMs, expired: isExpired ? 1 : 0, states };
  });
  return from === numbers.length ? answers : fail(numbers);
}

function isShort(code: number): boolean {
  return code === refusedOne || code === allowed;
}

/** How many numbers tell the states of so many claims. */
function lengthOf(code: number, claims: number): number {
  if (!isShort(code)) return claims * 4;
  return code === allowed ? claims * 2 : 3;
}

/** Four numbers for each claim; -1 is how long it takes to fit what never will. */
function statesOf(
  numbers: readonly number[],
  code: number,
  from: number,
  claims: number,
): number[] {
  if (code === allowed) {
    const told = numbers.slice(from, from + claims * 2);
    return told.flatMap((number) => [number, 0]);
  }
  const states = numbers.slice(from, from + lengthOf(code, claims));
  if (code === refusedOne) states.push(0);
  for (let at = 1; at < states.length; at += 4) if (states[at] === -1) states[at] = Infinity;
  return states;
}

/** What was charged to so many claims. Throws `invalid-cost`. */
export function chargeOf(numbers: readonly number[], claims: number): ChargeOutcome {
  const [code = -1, atMs = 0, expired = 0] = numbers;
  if (code === unsafe) {
    throw new SluiceError("invalid-cost", "cost: would take a count beyond the safe integers");
  }
  const expected = code === 1 ? statesFrom + claims * 2 : statesFrom;
  if ((code !== 0 && code !== 1) || numbers.length !== expected) return fail(numbers);
  return { applied: code === 1, atMs, expired, states: numbers.slice(statesFrom) };
}

function fail(reply: unknown): never {
  const got = Array.isArray(reply) ? JSON.stringify(reply).slice(0, 60) : typeof reply;
  throw new SluiceError(
    "invalid-reply",
    `redisStore: the server's reply was not understood: ${got}`,
  );
}
