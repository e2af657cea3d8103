import type { Claim, LeaseRequest, Settlement } from "@sluice/core";

import { createBoundedMap } from "../bounded-map.ts";
import type { Entry } from "./journal.ts";

/** A lease that the store has granted this process. */
export interface OwnLease {
  readonly claims: readonly Claim[];
  readonly request: LeaseRequest;
  /** One for each claim: what the lease holds is part of what these do. */
  readonly entries: readonly Entry[];
  readonly atMs: number;
  deadlineMs: number;
  /** What was reported; none was when all are `undefined`. */
  used: readonly (number | undefined)[];
  charged: readonly number[];
  /** Of an id that may come again: how it ended. Then it holds nothing. */
  settlement: Settlement | undefined;
}

/** Leases that the store has granted this process, until they end; with an id that may come again, for as long as it is remembered. */
export interface OwnLeases {
  readonly size: number;
  /** Leases that were dropped for want of room. */
  readonly dropped: number;
  get(id: string): OwnLease | undefined;
  /** One whose id is not there. */
  add(lease: OwnLease): void;
  remove(lease: OwnLease): void;
  all(): IterableIterator<OwnLease>;
  /** Looks at the next `most`, going round, and tells of those that have passed their deadlines. */
  sweep(nowMs: number, most: number, expire: (lease: OwnLease) => void): void;
}

/** At most `cap` leases; the oldest is dropped for one more. */
export function createOwnLeases(cap: number): OwnLeases {
  const leases = createBoundedMap<string, OwnLease>(cap);
  let dropped = 0;
  let round: IterableIterator<readonly [string, OwnLease]> | undefined;
  const remove = (lease: OwnLease): void => {
    if (leases.get(lease.request.id) === lease) leases.delete(lease.request.id);
    letGo(lease);
  };
  const letGo = (lease: OwnLease): void => {
    for (const [index, entry] of lease.entries.entries()) {
      entry.held -= lease.charged[index]!;
    }
    lease.charged = lease.claims.map(() => 0);
  };
  return {
    get size() {
      return leases.size;
    },
    get dropped() {
      return dropped;
    },
    get: (id) => leases.get(id),
    add(lease) {
      const forgotten = leases.set(lease.request.id, lease);
      if (forgotten !== undefined) {
        letGo(forgotten[1]);
        dropped++;
      }
      for (const [index, entry] of lease.entries.entries()) entry.held += lease.charged[index]!;
    },
    remove,
    *all() {
      for (const [, lease] of leases.entries()) yield lease;
    },
    sweep(nowMs, most, expire) {
      for (let looked = 0; looked < most; looked++) {
        const next = (round ??= leases.entries()).next();
        if (next.done === true) {
          round = undefined;
          return;
        }
        const [, lease] = next.value;
        if (lease.deadlineMs <= nowMs) expire(lease);
      }
    },
  };
}

/** What a claim of a lease is charged when it passes its deadline. */
export function chargedAtExpiry(lease: OwnLease, index: number): number {
  const { onExpiry } = lease.claims[index]!.terms;
  if (onExpiry === "refund") return 0;
  return onExpiry === "charge-used" ? (lease.used[index] ?? 0) : lease.charged[index]!;
}
