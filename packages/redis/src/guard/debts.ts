import type { AsyncStore, Claim, Clock } from "@sluice/core";

import { type BoundedMap, createBoundedMap } from "../bounded-map.ts";
import { createJournal, type Entry } from "../replay/journal.ts";
import { createDeadlines, within } from "./deadlines.ts";
import { isHopeless } from "./failure.ts";
import { handOver, type LocalLease } from "./local-leases.ts";
import { createOutbox, type Outbox } from "./outbox.ts";

/** What was decided and done without the store, and is to be put right there. */
export interface Debts {
  readonly outbox: Outbox;
  /** Leases that are here, by id: to be handed over, or without room in the store. */
  readonly leases: Pick<BoundedMap<string, LocalLease>, "get">;
  isOwed(): boolean;
  /** What was dropped for want of room: letters, and counts with grants. */
  dropped(): number;
  /** Charges that the store has not seen. */
  grant(claims: readonly Claim[]): void;
  /** The store has seen these after all; answers those that it had been charged a second time. */
  cancel(claims: readonly Claim[]): Claim[];
  /** Nothing is owed for these counts any more. */
  forget(claims: readonly Claim[]): void;
  add(lease: LocalLease): void;
  /** The lease has to be put right again. */
  touch(lease: LocalLease): void;
  /** The store has the lease: what was done to it here is posted. */
  moved(lease: LocalLease): void;
  /** Pays all, for `mostMs` at most; rejects when the store fails. */
  pay(mostMs: number): Promise<void>;
}

/** The most counts with grants, letters, and leases that are owed to the store. */
const caps = { grants: 100_000, letters: 10_000, leases: 100_000 };

const atOnce = 64;
const answerMs = 1_000;

/** What becomes of leases that are owed. */
export interface LeaseEnds {
  readonly rememberMs: number;
  /** Ends a lease that has passed its deadline here. */
  readonly expire: (lease: LocalLease) => void;
  /** It is the store's from now on. */
  readonly onMoved: (lease: LocalLease) => void;
}

/** Debts to `store`. */
export function createDebts(
  store: AsyncStore,
  clock: Clock,
  { rememberMs, expire, onMoved }: LeaseEnds,
): Debts {
  const grants = createJournal(caps.grants);
  const outbox = createOutbox(caps.letters);
  const deadlines = createDeadlines(answerMs, false);
  const leases = createBoundedMap<string, LocalLease>(caps.leases);
  const waiting = new Set<LocalLease>();
  let droppedLeases = 0;

  const forgetLease = (lease: LocalLease): void => {
    waiting.delete(lease);
    if (leases.get(lease.request.id) === lease) leases.delete(lease.request.id);
  };
  const drop = (lease: LocalLease): void => {
    if (waiting.has(lease)) droppedLeases++;
    forgetLease(lease);
  };
  const moved = (lease: LocalLease): void => {
    const { claims, request, used, settlement } = lease;
    forgetLease(lease);
    onMoved(lease);
    const { id } = request;
    if (used.some((amount) => amount !== undefined)) outbox.extend(claims, { id, amounts: used });
    if (settlement !== undefined) outbox.settle(claims, settlement);
  };

  async function payLease(lease: LocalLease): Promise<void> {
    waiting.delete(lease);
    if (lease.settlement === undefined && lease.deadlineMs <= clock()) expire(lease);
    try {
      if (await handOver(lease, store)) return moved(lease);
    } catch (error) {
      if (!isHopeless(error)) waiting.add(lease);
      throw error;
    }
    // An id that may come again is remembered here, since the store has no room to.
    if (lease.settlement !== undefined && !lease.request.repeatable) forgetLease(lease);
  }

  async function payGrants(entry: Entry): Promise<void> {
    const { terms, subject } = entry;
    const cost = grants.charged(entry, clock());
    const claim = { terms, subject, cost };
    grants.forget(entry);
    if (cost === 0) return;
    const owe = (): void => grants.add(grants.entry(claim), cost, clock(), 0);
    let isOwedAgain = false;
    const answer = store.adjust([claim], "charge").then(
      // Late, and charged all the same.
      () => isOwedAgain && void grants.take(claim, cost, clock()),
    );
    try {
      await within(deadlines, answer);
    } catch (error) {
      if (isHopeless(error)) return;
      isOwedAgain = true;
      owe();
      throw error;
    }
  }

  async function sendNext(): Promise<void> {
    const letter = outbox.next();
    if (letter === undefined) return;
    let takeBack: (() => void) | undefined;
    const answer = letter.send(store).then(() => takeBack?.());
    try {
      await within(deadlines, answer);
    } catch (error) {
      if (!isHopeless(error)) takeBack = outbox.post(letter);
      throw error;
    }
  }

  const isOwed = (): boolean => outbox.size > 0 || waiting.size > 0 || grants.size > 0;

  return {
    outbox,
    leases,
    isOwed,
    dropped: () => outbox.dropped + grants.dropped + droppedLeases,
    grant(claims) {
      const now = clock();
      for (const claim of claims) {
        if (claim.cost === 0 || claim.terms.algorithm === "concurrency") continue;
        grants.add(grants.entry(claim), claim.cost, now, 0);
      }
    },
    cancel(claims) {
      const now = clock();
      return claims.flatMap((claim) => {
        const cost = claim.cost - grants.take(claim, claim.cost, now);
        return cost > 0 ? [{ ...claim, cost }] : [];
      });
    },
    forget(claims) {
      for (const claim of claims) grants.forget(claim);
    },
    add(lease) {
      const forgotten = leases.set(lease.request.id, lease);
      if (forgotten !== undefined) drop(forgotten[1]);
      else {
        const oldest = leases.oldest()![1];
        if (oldest.deadlineMs + rememberMs <= clock()) drop(oldest);
      }
      waiting.add(lease);
    },
    touch: (lease) => void waiting.add(lease),
    moved,
    async pay(mostMs) {
      const until = performance.now() + mostMs;
      while (isOwed() && performance.now() < until) {
        // In this order: a lease that is handed over posts letters, and what was reset is not charged before it is.
        await all([...take(waiting)].map(async (lease) => within(deadlines, payLease(lease))));
        await all(Array.from({ length: Math.min(atOnce, outbox.size) }, sendNext));
        if (outbox.size === 0) await all([...take(grants.entries())].map(payGrants));
      }
    },
  };
}

function* take<T>(from: Iterable<T>): Generator<T> {
  let taken = 0;
  for (const item of from) {
    if (taken++ >= atOnce) return;
    yield item;
  }
}

/** Waits for all, then rejects if one did, unless it would do so again: nobody is there to hear it. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === "rejected" && !isHopeless(result.reason)) throw result.reason;
  }
}
