import type { Claim, Clock, LeaseRequest, Outcome } from "@sluice/core";

import { createBoundedMap } from "../bounded-map.ts";
import type { Debts } from "./debts.ts";
import type { Local } from "./local.ts";

/** A request that was decided before the store answered. */
interface Overdue {
  readonly claims: readonly Claim[];
  readonly lease: LeaseRequest | undefined;
  /** When it was sent, by the store's clock. */
  readonly sinceMs: number;
  readonly attempt: number;
}

/** Makes two answers to one request one. */
export interface LateAnswers {
  /** A request is sent: its number. */
  attempt(lease: LeaseRequest | undefined): number;
  /** It was answered in time. */
  done(lease: LeaseRequest | undefined, attempt: number): void;
  /** The store's answer to it came after `given` was. */
  reserved(answer: Outcome, given: Outcome, overdue: Overdue): void;
  /** Units of charges that were given back. */
  givenBack(): number;
}

/** The most ids of which the last attempt is known. */
const cap = 10_000;

/** Puts right what a late answer did, by `debts`. */
export function createLateAnswers(local: Local, debts: Debts, clock: Clock): LateAnswers {
  const last = createBoundedMap<string, number>(cap);
  let attempts = 0;
  let units = 0;

  const giveBack = (claims: readonly Claim[], sinceMs: number, atMs: number): void => {
    const due = (): Claim[] =>
      claims.flatMap((claim) => {
        const cost = stillCharged(claim, sinceMs, atMs, clock());
        return cost > 0 ? [{ ...claim, cost }] : [];
      });
    const back = due();
    if (back.length === 0) return;
    for (const { cost } of back) units += cost;
    // What has left meanwhile, or may have been given back though no answer came, must not be: it would be somebody else's.
    let isSent = false;
    debts.outbox.post({
      async send(store) {
        const left = isSent ? [] : due();
        isSent = true;
        if (left.length > 0) await store.adjust(left, "refund");
      },
    });
  };
  /** Whether no other attempt with this id has been made since: that would hold the lease. */
  const isLast = ({ repeatable, id }: LeaseRequest, attempt: number): boolean => {
    if (!repeatable) return true;
    if (last.get(id) !== attempt) return false;
    last.delete(id);
    return true;
  };

  return {
    attempt(lease) {
      const attempt = attempts++;
      if (lease?.repeatable !== true) return attempt;
      last.set(lease.id, attempt);
      return attempt;
    },
    done(lease, attempt) {
      if (lease?.repeatable === true && last.get(lease.id) === attempt) last.delete(lease.id);
    },
    reserved(answer, given, { claims, lease, sinceMs, attempt }) {
      if (answer.verdict !== "allowed") return;
      if (lease === undefined) {
        const isGranted = given.verdict === "allowed";
        // What was granted locally and has been charged already would now be charged twice.
        const twice = isGranted ? debts.cancel(local.counted(claims)) : claims;
        return giveBack(twice, sinceMs, answer.atMs);
      }
      const here = debts.leases.get(lease.id);
      if (here !== undefined) return debts.moved(here);
      if (given.verdict === "allowed" || answer.replayed || !isLast(lease, attempt)) return;
      debts.outbox.settle(claims, { id: lease.id, amounts: [], unreported: "nothing" });
    },
    givenBack: () => units,
  };
}

/** What is left at `now` of a charge made at `atMs`, or as early as `sinceMs`: at most, and never more than there is. */
function stillCharged({ terms, cost }: Claim, sinceMs: number, atMs: number, now: number): number {
  const agoMs = now - sinceMs;
  switch (terms.algorithm) {
    case "concurrency":
      return 0;
    case "fixed-window":
      return terms.periodEndMs!(atMs) > now + marginMs ? cost : 0;
    case "sliding-window":
      return agoMs + marginMs < terms.windowMs ? cost : 0;
    case "token-bucket":
      return cost - Math.ceil((terms.refill * agoMs) / terms.everyMs);
  }
}

/** For the way there. */
const marginMs = 50;
