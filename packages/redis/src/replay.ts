import type { ChargeOutcome, Claim, LeaseRequest, Outcome } from "@sluice/core";

import { type BatchStore, isWrong, outcomeOfOne, outcomesOf } from "./batch.ts";
import { createBoundedMap } from "./bounded-map.ts";
import type { OwnGrants } from "./guard/local.ts";
import { sumOf } from "./guard/outbox.ts";
import { createJournal } from "./replay/journal.ts";
import { chargedAtExpiry, createOwnLeases, type OwnLease } from "./replay/own-leases.ts";
import { createPulse, type WritePulse } from "./replay/pulse.ts";
import { createRestorer } from "./replay/restore.ts";
import { createRhythm } from "./replay/rhythm.ts";

/** What a replaying store tells. */
export interface StateLoss {
  readonly kind: "state-loss";
  /** True when the server has lost everything, false when it was rolled back by some time. */
  readonly isWhole: boolean;
  /** How many counts and leases of this process are put back. */
  readonly counts: number;
  readonly leases: number;
}

/** Options of `replay()`. */
export interface ReplayOptions {
  readonly pulse: WritePulse;
  /** How often the server is asked while there is traffic; a fifth as often while only grants of before still count. Default: 200. */
  readonly beatMs?: number;
  /** The most counts, and the most leases, whose grants are kept; the oldest are dropped. Default: 100,000. */
  readonly cap?: number;
  readonly observe?: (event: StateLoss) => void;
}

/** A store that puts back what it granted this process when the server has lost it. */
export interface ReplayStore extends BatchStore, OwnGrants {
  /** Asks the server for its pulse now: a write that charges nothing. Rejects when it does not answer. */
  beat(): Promise<void>;
  /** Comes when all that was lost has been put back, or the server has failed at that; it is then tried again with a later beat. */
  restored(): Promise<void>;
  /** Counts and leases of which the grants could not be kept. */
  dropped(): number;
}

/** A block that this process has made. */
interface OwnBlock {
  readonly claim: Claim;
  readonly untilMs: number;
}

/** As long as stores remember ids by default. */
const rememberMs = 600_000;
/** Shorter than the key of the pulse lives. */
const forgottenMs = 300_000;
/** Of each kind, at each beat. */
const swept = 1_000;

/**
 * Keeps what `store` grants this process for as long as it counts, summed up, and charges it again when the server is found to have lost it: all of
 * it after a flush or a restart without data, what came after the last beat that it knows after a fail-over that lost the latest writes. Leases
 * are reserved again by their ids, and charged for good where there is no room; blocks are made again. What is put back counts from then on, which can only be too long;
 * after a fail-over, what was granted since the last beat that survived is charged again though some of it may have survived, too. The timer that beats
 * does not keep the process alive, and there is none when nothing is kept.
 */
export function replay(store: BatchStore, options: ReplayOptions): ReplayStore {
  const { pulse: write, beatMs = 200, cap = 100_000, observe } = options;
  const journal = createJournal(cap);
  const leases = createOwnLeases(cap);
  const blocks = createBoundedMap<string, OwnBlock>(cap);
  const pulse = createPulse(write, forgottenMs, lose);
  const restorer = createRestorer(store);
  let offsetMs = Date.now() - performance.now();
  const rhythm = createRhythm({ everyMs: beatMs, beat, sweep });

  const now = (): number => Math.floor(performance.now() + offsetMs);

  async function beat(): Promise<void> {
    await pulse.beat();
    if (restorer.isOwed()) void restorer.restore();
  }
  function sweep(): boolean {
    const at = now();
    journal.sweep(at, swept);
    leases.sweep(at, swept, (lease) => expire(lease, at));
    for (const [key, { untilMs }] of blocks.entries()) if (untilMs <= at) blocks.delete(key);
    return journal.size > 0 || leases.size > 0 || blocks.size > 0;
  }

  function lose(mark: number, next: number): void {
    const at = now();
    const counts = [...journal.entries()].flatMap((entry) => {
      const cost = journal.charged(entry, at, mark);
      journal.remark(entry, mark, next);
      const { terms, subject } = entry;
      return cost > 0 ? [{ terms, subject, cost }] : [];
    });
    const again = [...leases.all()];
    const shut = Array.from(blocks.entries(), ([, block]) => block);
    restorer.owe(counts, again, () =>
      shut.map(({ claim, untilMs }) => [claim, Math.max(0, untilMs - now())] as const),
    );
    try {
      const told = { counts: counts.length, leases: again.length };
      observe?.({ kind: "state-loss", isWhole: mark === 0, ...told });
    } catch {}
  }

  const keep = (claims: readonly Claim[], charged: ArrayLike<number>, atMs: number): void => {
    for (const [index, claim] of claims.entries()) {
      const units = charged[index]!;
      if (units > 0) journal.add(journal.entry(claim), units, atMs, pulse.mark);
    }
  };

  function granted(
    claims: readonly Claim[],
    request: LeaseRequest | undefined,
    { verdict, replayed, atMs }: Outcome,
  ): void {
    if (verdict !== "allowed") return;
    if (request === undefined) {
      if (!replayed) keep(claims, costsOf(claims), atMs);
    } else if (leases.get(request.id) === undefined) {
      leases.add({
        claims,
        request,
        entries: claims.map((claim) => journal.entry(claim)),
        atMs,
        deadlineMs: atMs + request.expiresAfterMs,
        used: [],
        charged: costsOf(claims),
        settlement: undefined,
      });
    }
  }
  function end(lease: OwnLease, charged: readonly number[]): void {
    leases.remove(lease);
    keep(lease.claims, charged, lease.atMs);
  }
  function expire(lease: OwnLease, at: number): void {
    if (lease.settlement !== undefined || lease.deadlineMs + rememberMs <= at) {
      return leases.remove(lease);
    }
    const { id } = lease.request;
    const charged = lease.claims.map((_, index) => chargedAtExpiry(lease, index));
    end(lease, charged);
    const settlement = { id, amounts: charged, unreported: "expiry" } as const;
    if (lease.request.repeatable) remember(lease, settlement, at);
  }
  function remember(lease: OwnLease, settlement: NonNullable<OwnLease["settlement"]>, at: number) {
    const nothing = lease.claims.map(() => 0);
    leases.add({ ...lease, settlement, charged: nothing, deadlineMs: at + rememberMs });
  }
  const heard = <T extends { readonly atMs: number }>(outcome: T): T => {
    offsetMs = outcome.atMs - performance.now();
    rhythm.wake();
    return outcome;
  };

  const reserveEach: BatchStore["reserveEach"] = async (requests) => {
    // So that a loss of the first grant can be seen.
    rhythm.begin();
    const answers = await store.reserveEach(requests);
    for (const [index, { claims, lease }] of requests.entries()) {
      const answer = answers[index]!;
      if (!isWrong(answer)) granted(claims, lease, heard(answer));
    }
    return answers;
  };

  return {
    reserve: (claims, lease) => outcomeOfOne({ reserveEach }, claims, lease),
    reserveMany: (batch) => outcomesOf({ reserveEach }, batch),
    reserveEach,
    peek: async (claims) => heard(await store.peek(claims)),
    async extend(claims, extension) {
      const outcome = heard(await store.extend(claims, extension));
      const lease = leases.get(extension.id);
      if (lease === undefined || !outcome.applied || lease.settlement !== undefined) return outcome;
      leases.remove(lease);
      leases.add({
        ...lease,
        used: claims.map((_, index) => sumOf(lease.used[index], extension.amounts[index])),
        charged: chargesOf(outcome),
        deadlineMs: outcome.atMs + lease.request.expiresAfterMs,
      });
      return outcome;
    },
    async settle(claims, settlement) {
      const outcome = heard(await store.settle(claims, settlement));
      const lease = leases.get(settlement.id);
      if (lease === undefined || !outcome.applied) return outcome;
      const charged = chargesOf(outcome);
      end(lease, charged);
      const isUndone = settlement.unreported === "nothing" && charged.every((units) => units === 0);
      if (lease.request.repeatable && !isUndone) remember(lease, settlement, outcome.atMs);
      return outcome;
    },
    async adjust(claims, direction) {
      const outcome = heard(await store.adjust(claims, direction));
      if (!outcome.applied) return outcome;
      const units = chargesOf(outcome);
      if (direction === "charge") keep(claims, units, outcome.atMs);
      else
        for (const [index, claim] of claims.entries()) {
          journal.take(claim, units[index]!, outcome.atMs);
        }
      return outcome;
    },
    async block(claims, forMs) {
      const outcome = heard(await store.block(claims, forMs));
      for (const claim of outcome.applied ? claims : []) {
        if (forMs > 0) blocks.set(keyOf(claim), { claim, untilMs: outcome.atMs + forMs });
        else blocks.delete(keyOf(claim));
      }
      return outcome;
    },
    async reset(claims) {
      const outcome = heard(await store.reset(claims));
      for (const claim of outcome.applied ? claims : []) {
        const entry = journal.find(claim);
        // What leases hold of it stays with them.
        if (entry !== undefined) entry.cells = [];
        blocks.delete(keyOf(claim));
      }
      return outcome;
    },
    granted(claim) {
      const entry = journal.find(claim);
      return entry === undefined ? 0 : journal.charged(entry, now()) + entry.held;
    },
    blockedForMs: (claim) => Math.max(0, (blocks.get(keyOf(claim))?.untilMs ?? 0) - now()),
    beat,
    restored: async () => restorer.restore(),
    dropped: () => journal.dropped + leases.dropped,
    ...(store.size === undefined ? {} : { size: () => store.size!() }),
  };
}

function keyOf({ terms, subject }: Claim): string {
  return `${terms.scope}\n${subject}`;
}

function costsOf(claims: readonly Claim[]): number[] {
  return claims.map(({ cost }) => cost);
}

function chargesOf({ states }: ChargeOutcome): number[] {
  return Array.from({ length: states.length / 2 }, (_, index) => states[index * 2]!);
}
