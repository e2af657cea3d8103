import type { AsyncStore, Claim, Outcome } from "@sluice/core";

import {
  type Answer,
  answerOf,
  type BatchStore,
  isWrong,
  outcomeOfOne,
  outcomesOf,
  type Request,
} from "./batch.ts";
import { createAsking } from "./guard/asking.ts";
import { boundOf, type OverGrantBound } from "./guard/bound.ts";
import { createBreaker } from "./guard/breaker.ts";
import { createDeadlines, within } from "./guard/deadlines.ts";
import { modeFinder, modesOf } from "./guard/failure.ts";
import { createKnownIds } from "./guard/known-ids.ts";
import { createLateAnswers } from "./guard/late-answers.ts";
import { createLeaseKeeper } from "./guard/lease-keeper.ts";
import { localTerms } from "./guard/local-terms.ts";
import { createLocal } from "./guard/local.ts";
import { checkGuardOptions, type GuardOptions } from "./guard/options.ts";
import { storeClock } from "./guard/store-clock.ts";

/** How a guarded store is. */
export interface Health {
  readonly state: "exact" | "degraded";
  /** Since when, in milliseconds since 1970, by this machine's clock. */
  readonly sinceMs: number;
  /** The last failure there was. */
  readonly lastError: unknown;
  /** Whether the store is owed something that it missed. */
  readonly isOwed: boolean;
}

/** A store that always answers in time. Answers carry `degraded` when they were not made by the store underneath. */
export interface GuardedStore extends BatchStore {
  health(): Health;
  /** The bound of what may be granted above the limits, now. */
  bound(): OverGrantBound;
}

/** How long recovery may hold requests off the store, to put right first what it missed. */
const payFirstMs = 1_000;

/**
 * Answers for `store` when it fails or does not answer within the deadline, by the mode of each limit, and makes good what it
 * missed when it is back:
 *
 * - After the first failure the store is not asked, but probed, until it does its work again within the deadline.
 * - What was granted locally is then charged to it as far as it still counts, leases are handed over, and what was reported of leases, adjusted, blocked or
 *   reset is sent. At most 100,000 counts, 100,000 leases and 10,000 letters are kept for that, the oldest dropped first: a lease of which the
 *   store never hears expires by its rule. What is not answered in a way that tells whether it was done is sent again, where that cannot grant too much:
 *   so a charge may be made twice, and none is lost.
 * - An answer that comes too late is compared with what was decided meanwhile: granted by both, the charge stays where the store made it;
 *   granted by the store alone, it is given back, and a lease released.
 *
 * What the caller got wrong is passed on. Throws `invalid-option`.
 */
export function guard(store: BatchStore, options: GuardOptions = {}): GuardedStore {
  checkGuardOptions(options);
  const { deadlineMs = 50, failure = "local", share = 1, observe, own } = options;
  const { rememberMs = 600_000 } = options;
  const clock = storeClock(options.clock);
  const local = createLocal(clock.now, rememberMs, localTerms(share, modeFinder(failure)), own);
  const recoveries = createDeadlines(payFirstMs, false);
  const known = createKnownIds(clock.now, rememberMs);
  const keeper = createLeaseKeeper(store, local, clock.now, known, rememberMs);
  const { debts } = keeper;
  const late = createLateAnswers(local, debts, clock.now);
  let changedMs = Date.now();
  let lastError: unknown;
  let isPaying = false;
  let lastClaims: readonly Claim[] = [];

  const breaker = createBreaker({
    deadlineMs,
    probe: async () => (own === undefined ? store.peek(lastClaims) : own.beat()),
    async recover() {
      if (own !== undefined) await within(recoveries, own.restored());
      await debts.pay(payFirstMs);
    },
    isOwed: () => debts.isOwed(),
    onChange(isOpen, error) {
      const now = Date.now();
      if (isOpen) lastError = error;
      tell(
        isOpen
          ? { kind: "failure", error, atMs: now }
          : { kind: "recovery", degradedMs: now - changedMs, atMs: now },
      );
      changedMs = now;
      if (isOpen) return local.begin();
      keeper.recovered();
      payRest();
    },
  });
  const tell: NonNullable<GuardOptions["observe"]> = (event) => {
    try {
      observe?.(event);
    } catch {}
  };
  /** What is still owed while the store decides again. */
  const payRest = (): void => {
    if (breaker.isOpen || isPaying || !debts.isOwed()) return;
    isPaying = true;
    debts.pay(payFirstMs).then(
      () => {
        isPaying = false;
        payRest();
      },
      (error: unknown) => {
        isPaying = false;
        breaker.fail(error);
      },
    );
  };

  const asking = createAsking({
    deadlineMs,
    breaker,
    onError: (error) => void (lastError = error),
    onAnswer: payRest,
  });
  const heard = <T extends { readonly atMs: number }>(answer: T): T => {
    clock.hear(answer.atMs);
    return answer;
  };
  const post = (send: (to: AsyncStore) => Promise<unknown>): (() => void) =>
    debts.outbox.post({ send });

  /** The answer to an id that is here. */
  const repeated = ({ claims, lease }: Request): Answer | undefined =>
    lease && answerOf(() => keeper.repeat(claims, lease, breaker.isOpen));
  const decide = ({ claims, lease }: Request): Outcome => {
    const isKnown = lease?.repeatable === true && known.has(lease.id, claims);
    if (isKnown) return { ...local.peek(claims), verdict: "allowed", replayed: true };
    return keeper.reserve(claims, lease);
  };

  async function reserveEach(requests: readonly Request[]): Promise<readonly Answer[]> {
    const here = requests.map(repeated);
    const open = requests.filter((_, index) => here[index] === undefined);
    if (open.length === 0) return here.filter((answer) => answer !== undefined);
    lastClaims = open.at(-1)!.claims;
    const sinceMs = clock.now();
    const attempts = open.map(({ lease }) => late.attempt(lease));
    const answers = await asking.ask(
      async () => store.reserveEach(open),
      () => open.map((request): Answer => answerOf(() => decide(request))),
      (told, given) => {
        for (const [index, request] of open.entries()) {
          const [answer, instead] = [told[index]!, given[index]!];
          if (isWrong(answer) || isWrong(instead)) continue;
          late.reserved(answer, instead, { ...request, sinceMs, attempt: attempts[index]! });
        }
      },
    );
    for (const [index, { claims, lease }] of open.entries()) {
      const answer = answers[index]!;
      if (isWrong(answer) || answer.degraded !== undefined) continue;
      clock.hear(answer.atMs);
      late.done(lease, attempts[index]!);
      if (lease?.repeatable === true && answer.verdict === "allowed") known.add(lease, claims);
    }
    const inTurn = answers.values();
    return here.map((answer) => answer ?? inTurn.next().value!);
  }

  return {
    reserve: async (claims, lease) => outcomeOfOne({ reserveEach }, claims, lease),
    reserveMany: async (batch) => outcomesOf({ reserveEach }, batch),
    reserveEach,

    peek: async (claims) =>
      asking.ask(
        async () => heard(await store.peek(claims)),
        () => local.peek(claims),
      ),

    async extend(claims, extension) {
      const held = keeper.extend(extension);
      if (held !== undefined) return held;
      return asking.askOrPost(
        async () => store.extend(claims, extension),
        () => [
          keeper.posted(claims, extension.amounts, "estimate"),
          debts.outbox.extend(claims, extension),
        ],
      );
    },

    async settle(claims, settlement) {
      const { id, amounts, unreported } = settlement;
      if (unreported === "nothing") known.forget(id);
      const held = keeper.settle(settlement);
      if (held === undefined) {
        return asking.askOrPost(
          async () => store.settle(claims, settlement),
          () => [
            keeper.posted(claims, amounts, unreported),
            debts.outbox.settle(claims, settlement),
          ],
        );
      }
      payRest();
      return held;
    },

    adjust: async (claims, direction) =>
      asking.askOrPost(
        async () => store.adjust(claims, direction),
        (wasSent) => {
          const outcome = local.adjust(claims, direction);
          // What may have been given back already is not given back again.
          if (wasSent && direction === "refund") return [outcome, () => {}];
          return [outcome, post(async (to) => to.adjust(claims, direction))];
        },
      ),

    async block(claims, forMs) {
      const untilMs = clock.now() + forMs;
      const send = async (to: AsyncStore): Promise<unknown> =>
        to.block(claims, Math.max(0, untilMs - clock.now()));
      return asking.askOrPost(
        async () => store.block(claims, forMs),
        () => [local.block(claims, forMs), post(send)],
      );
    },

    reset: async (claims) =>
      asking.askOrPost(
        async () => store.reset(claims),
        () => {
          debts.forget(claims);
          return [local.reset(claims), post(async (to) => to.reset(claims))];
        },
      ),

    health: () => ({
      state: breaker.isOpen ? "degraded" : "exact",
      sinceMs: changedMs,
      lastError,
      isOwed: debts.isOwed(),
    }),

    bound() {
      const state = breaker.isOpen ? "degraded" : "exact";
      return boundOf(state, modesOf(failure), share, late.givenBack(), debts.dropped());
    },

    ...(store.size === undefined ? {} : { size: () => store.size!() }),
  };
}
