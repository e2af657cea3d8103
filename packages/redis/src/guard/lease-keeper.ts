import type {
  AsyncStore,
  ChargeOutcome,
  Claim,
  Clock,
  Extension,
  LeaseRequest,
  Settlement,
} from "@sluice/core";

import { createDebts, type Debts } from "./debts.ts";
import { checkSame, type KnownIds } from "./known-ids.ts";
import type { LocalLease } from "./local-leases.ts";
import type { Local, LocalOutcome } from "./local.ts";
import { sumOf } from "./outbox.ts";

/** Decides locally, and keeps what comes of it: what was reserved here is extended and settled here. */
export interface LeaseKeeper {
  readonly debts: Debts;
  reserve(claims: readonly Claim[], lease: LeaseRequest | undefined): LocalOutcome;
  /** The store decides again. */
  recovered(): void;
  /** The answer to an id that was reserved here, unless `reserve` is to find it. Throws `id-conflict`. */
  repeat(
    claims: readonly Claim[],
    lease: LeaseRequest,
    isDegraded: boolean,
  ): LocalOutcome | undefined;
  /** `undefined` when the lease is not here. */
  extend(extension: Extension): ChargeOutcome | undefined;
  settle(settlement: Settlement): ChargeOutcome | undefined;
  /** What to answer about a lease of the store's that cannot be told now, as far as this process knows. */
  posted(
    claims: readonly Claim[],
    amounts: readonly (number | undefined)[],
    unreported: Settlement["unreported"],
  ): ChargeOutcome;
}

/** A keeper of what `local` decides instead of `store`. */
export function createLeaseKeeper(
  store: AsyncStore,
  local: Local,
  clock: Clock,
  known: KnownIds,
  rememberMs: number,
): LeaseKeeper {
  // Leases of this outage that the store is owed no more: what comes late is answered here, as it would have been there.
  const over = new Map<string, LocalLease>();
  const expire = (lease: LocalLease): void => {
    end(lease, { id: lease.request.id, amounts: [], unreported: "expiry" });
  };
  const debts = createDebts(store, clock, {
    rememberMs,
    expire,
    onMoved({ claims, request, settlement }) {
      if (request.repeatable && settlement?.unreported !== "nothing") known.add(request, claims);
    },
  });

  const chargedOf = (
    claims: readonly Claim[],
    unitsOf: (index: number) => number,
  ): readonly number[] => {
    const counted = new Set(local.counted(claims));
    return claims.map((claim, index) => (counted.has(claim) ? unitsOf(index) : 0));
  };
  const end = (lease: LocalLease, settlement: Settlement): ChargeOutcome => {
    const { claims, on } = lease;
    const outcome = local.settle(on, claims, settlement);
    if (!outcome.applied) return outcome;
    lease.settlement = settlement;
    lease.charged = chargedOf(claims, (index) => outcome.states[index * 2]!);
    debts.touch(lease);
    return outcome;
  };

  return {
    debts,
    reserve(claims, request) {
      const outcome = local.reserve(claims, request);
      if (outcome.verdict !== "allowed" || outcome.replayed) return outcome;
      if (request !== undefined) over.delete(request.id);
      if (request === undefined) {
        debts.grant(local.counted(claims));
        return outcome;
      }
      debts.add({
        claims,
        request,
        on: local.store,
        deadlineMs: clock() + request.expiresAfterMs,
        used: [],
        settlement: undefined,
        charged: chargedOf(claims, (index) => claims[index]!.cost),
        paid: [],
      });
      return outcome;
    },
    recovered: () => over.clear(),
    repeat(claims, { id }, isDegraded) {
      const lease = debts.leases.get(id);
      if (lease === undefined || (isDegraded && lease.on === local.store)) return undefined;
      if (lease.deadlineMs + rememberMs <= clock()) return undefined;
      checkSame(lease.claims, claims);
      return { ...local.peek(claims), verdict: "allowed", replayed: true };
    },
    extend(extension) {
      const lease = debts.leases.get(extension.id) ?? over.get(extension.id);
      if (lease === undefined) return undefined;
      const { claims, used, request } = lease;
      const outcome = local.extend(lease.on, claims, extension);
      if (!outcome.applied) return outcome;
      const now = clock();
      lease.used = claims.map((_, index) => sumOf(used[index], extension.amounts[index]));
      lease.charged = chargedOf(claims, (index) => outcome.states[index * 2]!);
      if (lease.deadlineMs > now) lease.deadlineMs = now + request.expiresAfterMs;
      if (lease.paid.length > 0) debts.touch(lease);
      return outcome;
    },
    settle(settlement) {
      const lease = debts.leases.get(settlement.id) ?? over.get(settlement.id);
      if (lease === undefined) return undefined;
      const outcome = end(lease, settlement);
      const isUndone =
        settlement.unreported === "nothing" && lease.charged.every((units) => units === 0);
      // Its id is free again; the store may have the lease, too.
      if (outcome.applied && isUndone && lease.paid.length === 0) {
        debts.moved(lease);
        over.set(settlement.id, lease);
      }
      return outcome;
    },
    posted(claims, amounts, unreported) {
      const states = claims.flatMap(({ terms, cost }, index) => {
        const rest = unreported === "nothing" ? 0 : cost;
        return [terms.algorithm === "concurrency" ? 0 : (amounts[index] ?? rest), 0];
      });
      return { applied: true, atMs: clock(), expired: 0, states, degraded: local.modeOf(claims) };
    },
  };
}
