import type { AsyncStore, Claim, Outcome } from "@sluice/core";

import { createRefusals } from "./refusals.ts";

/** Options of `denyCache()`. */
export interface DenyCacheOptions {
  /** The most refusals remembered. Default: 10,000. */
  readonly keys?: number;
  /** The longest that one is answered without asking again, in milliseconds. Default: one minute. */
  readonly longestMs?: number;
  /** Local time in milliseconds, which never steps back. Default: `performance.now`. */
  readonly now?: () => number;
}

/** A subject that requests under way name, and how often something was given back to it since the first of them. */
interface Asked {
  requests: number;
  given: number;
}

/**
 * Answers a refusal again without the store, until the earliest time that the store gave. It is that of the claim that has to be
 * waited for longest, counted from the moment the request was sent, so that it ends early rather than late. Answered so
 * are requests without a lease for the same claims, under the same terms, that ask at least what was refused, and no more where there
 * was room. A cost above the capacity can only be refused. Never answered so is what waits for a place in flight, which may come
 * free at any time.
 *
 * What this process gives back (a settlement, a refund, a reset, another block) is seen at once; what another does, as soon as the
 * earliest time is over, or after `longestMs`. Nothing is admitted that the store would refuse.
 *
 * In a full memory, of 8 refusals that are looked at, going round, the one that ends soonest is forgotten.
 */
export function denyCache(
  store: AsyncStore,
  { keys = 10_000, longestMs = 60_000, now = () => performance.now() }: DenyCacheOptions = {},
): AsyncStore {
  const refusals = createRefusals(keys, longestMs);
  const asked = new Map<string, Asked>();

  /** Learns from the answer of a request sent at `askedMs`, unless something was given back meanwhile: it may be older than that. */
  function learn(claims: readonly Claim[], outcome: Outcome, given: number, askedMs: number): void {
    // What was decided without the server holds no longer than that.
    const isExact = outcome.degraded === undefined;
    if (isExact && outcome.verdict !== "allowed" && givenTo(claims) === given) {
      refusals.add(claims, outcome, askedMs);
    }
  }

  function begin(claims: readonly Claim[]): number {
    for (const { subject } of claims) {
      const known = asked.get(subject);
      if (known === undefined) asked.set(subject, { requests: 1, given: 0 });
      else known.requests++;
    }
    return givenTo(claims);
  }

  function end(claims: readonly Claim[]): void {
    for (const { subject } of claims) {
      const known = asked.get(subject)!;
      if (--known.requests === 0) asked.delete(subject);
    }
  }

  /** Only grows while a request is under way: the sum is another if any of them is. */
  function givenTo(claims: readonly Claim[]): number {
    let given = 0;
    for (const { subject } of claims) given += asked.get(subject)!.given;
    return given;
  }

  function forget(claims: readonly Claim[]): void {
    for (const claim of claims) {
      refusals.forget(claim);
      const known = asked.get(claim.subject);
      if (known !== undefined) known.given++;
    }
  }

  /** Forgets before, for what is decided meanwhile, and after, for what was decided before. */
  async function giving<T>(claims: readonly Claim[], call: () => Promise<T>): Promise<T> {
    forget(claims);
    try {
      return await call();
    } finally {
      forget(claims);
    }
  }

  async function ask(claims: readonly Claim[]): Promise<Outcome> {
    const given = begin(claims);
    const askedMs = now();
    try {
      const outcome = await store.reserve(claims);
      learn(claims, outcome, given, askedMs);
      return outcome;
    } finally {
      end(claims);
    }
  }

  async function askAll(batch: readonly (readonly Claim[])[]): Promise<readonly Outcome[]> {
    const given = batch.map(begin);
    const askedMs = now();
    try {
      const outcomes = await store.reserveMany(batch);
      for (const [index, outcome] of outcomes.entries()) {
        learn(batch[index]!, outcome, given[index]!, askedMs);
      }
      return outcomes;
    } finally {
      for (const claims of batch) end(claims);
    }
  }

  return {
    ...store,
    reserve(claims, lease) {
      // Its id may have been allowed before.
      if (lease !== undefined) return store.reserve(claims, lease);
      const known = refusals.find(claims, now);
      return known === undefined ? ask(claims) : Promise.resolve(known);
    },
    async reserveMany(batch) {
      const known = batch.map((claims) => refusals.find(claims, now));
      const open = batch.filter((_, index) => known[index] === undefined);
      if (open.length === 0) return known.filter((outcome) => outcome !== undefined);
      const answers = (await askAll(open)).values();
      return known.map((outcome) => outcome ?? answers.next().value!);
    },
    settle: (claims, settlement) => giving(claims, () => store.settle(claims, settlement)),
    adjust: (claims, direction) => giving(claims, () => store.adjust(claims, direction)),
    block: (claims, forMs) => giving(claims, () => store.block(claims, forMs)),
    reset: (claims) => giving(claims, () => store.reset(claims)),
  };
}
