import { type Clock, steadyClock } from "../clock.ts";
import { SluiceError } from "../errors.ts";
import type {
  ChargeOutcome,
  Claim,
  LeaseRequest,
  Outcome,
  Settlement,
  SyncStore,
} from "../store/store.ts";
import {
  emptyCount,
  freesAfter,
  giveBack,
  hasRoom,
  isForgotten,
  look,
  type OracleCount,
  spend,
  totalOf,
  usedOf,
  waitFor,
} from "./oracle-count.ts";
import {
  chargeAtEnd,
  checkSame,
  expirePart,
  openPart,
  type OracleLease,
  type OraclePart,
  recharge,
} from "./oracle-lease.ts";

/**
 * The store contract by its definition: every charge stands in a list and is summed for every question. Slow, without a cap,
 * and the reference that other stores are compared with. An expired lease, and the outcome of a caller's id, is remembered
 * for `rememberMs`, as by `memoryStore()`.
 */
export function oracleStore(clock: Clock, rememberMs = 600_000): SyncStore {
  const readClock = steadyClock(clock);
  const counts = new Map<string, OracleCount>();
  const leases = new Map<string, OracleLease>();
  let now = 0;
  let expired = 0;
  let births = 0;

  function tick(): void {
    now = readClock();
    expired = 0;
    for (const [id, lease] of leases) {
      if (lease.state === "live" && lease.deadlineMs <= now) {
        for (const part of lease.parts) expirePart(part);
        lease.state = "expired";
        lease.forgetAtMs = lease.deadlineMs + rememberMs;
        expired++;
      }
      if (lease.forgetAtMs <= now) leases.delete(id);
    }
  }

  /** The count as it was left, unless it is forgotten by now. */
  function countOf({ terms: { scope }, subject }: Claim): OracleCount {
    const key = `${scope}\n${subject}`;
    const known = counts.get(key);
    const count = known && !isForgotten(known, now) ? known : emptyCount(births++);
    counts.set(key, count);
    return count;
  }

  /** The count as it is now; forgotten, too, if this look has found nothing. */
  function lookAt(claim: Claim): OracleCount {
    look(countOf(claim), claim.terms, now);
    const count = countOf(claim);
    look(count, claim.terms, now);
    return count;
  }

  function verdictOn(claims: readonly Claim[]): Outcome["verdict"] {
    const found = claims.map(lookAt);
    if (found.some(({ blockedUntilMs }) => blockedUntilMs > now)) return "blocked";
    return found.every((count, index) => hasRoom(count, claims[index]!)) ? "allowed" : "refused";
  }

  function answer(
    verdict: Outcome["verdict"],
    claims: readonly Claim[],
    replayed = false,
  ): Outcome {
    const states = claims.flatMap((claim) => {
      const count = lookAt(claim);
      return [
        usedOf(count),
        verdict === "allowed" ? 0 : waitFor(count, claim, now),
        freesAfter(count, claim.terms, now),
        Math.max(0, count.blockedUntilMs - now),
      ];
    });
    return { verdict, atMs: now, expired, replayed, states };
  }

  function spendAll(claims: readonly Claim[]): Outcome {
    const verdict = verdictOn(claims);
    if (verdict === "allowed") {
      for (const claim of claims) spend(lookAt(claim), claim.terms, now, claim.cost);
    }
    return answer(verdict, claims);
  }

  function open(claims: readonly Claim[], request: LeaseRequest): void {
    const deadlineMs = now + request.expiresAfterMs;
    const parts = claims.map((claim) => openPart(claim, lookAt(claim), now, deadlineMs));
    leases.set(request.id, { request, parts, state: "live", deadlineMs, forgetAtMs: Infinity });
  }

  /** Changes each count, or throws and changes nothing; `change` answers what was charged, or given back. */
  function charge(
    claims: readonly Claim[],
    change: (count: OracleCount, index: number) => number,
  ): ChargeOutcome {
    const found = claims.map(lookAt);
    const before = found.map((count) => ({ ...count }));
    const charges = found.map(change);
    if ([...charges, ...found.map(totalOf)].some((units) => units > Number.MAX_SAFE_INTEGER)) {
      for (const [index, count] of found.entries()) Object.assign(count, before[index]);
      throw new SluiceError("invalid-cost", "cost: would take a count beyond the safe integers");
    }
    const states = found.flatMap((count, index) => [
      charges[index]!,
      Math.max(0, usedOf(count) - claims[index]!.terms.capacity),
    ]);
    return { applied: true, atMs: now, expired, states };
  }

  /** Changes each part and its count, or throws and changes nothing. */
  function chargeLease(
    { parts }: OracleLease,
    claims: readonly Claim[],
    change: (part: OraclePart, count: OracleCount, index: number) => void,
  ): ChargeOutcome {
    // The terms may be newer than the lease, for a request that was asked again.
    const changed = parts.map((part, index) => {
      const { terms } = claims[index]!;
      return { ...part, claim: { ...part.claim, terms } };
    });
    const outcome = charge(claims, (count, index) => {
      const part = changed[index]!;
      change(part, count, index);
      return part.charged;
    });
    for (const [index, part] of parts.entries()) Object.assign(part, changed[index]);
    return outcome;
  }

  const notApplied = (): ChargeOutcome => ({ applied: false, atMs: now, expired, states: [] });

  return {
    reserve(claims, request) {
      tick();
      const known = request && leases.get(request.id);
      if (known !== undefined) {
        checkSame(known, claims);
        return answer("allowed", claims, true);
      }
      if (request === undefined) return spendAll(claims);
      const verdict = verdictOn(claims);
      if (verdict === "allowed") open(claims, request);
      return answer(verdict, claims);
    },

    reserveMany(batch) {
      tick();
      return batch.map((claims) => {
        const outcome = spendAll(claims);
        expired = 0;
        return outcome;
      });
    },

    peek(claims) {
      tick();
      return answer(verdictOn(claims), claims);
    },

    extend(claims, { id, amounts }) {
      tick();
      const lease = leases.get(id);
      if (lease === undefined || lease.state === "settled") return notApplied();
      const isLive = lease.state === "live";
      const deadlineMs = now + lease.request.expiresAfterMs;
      const outcome = chargeLease(lease, claims, (part, count, index) => {
        const amount = amounts[index];
        if (amount !== undefined) part.used = (part.used ?? 0) + amount;
        // What has expired is no longer in flight.
        const isOver = !isLive && part.claim.terms.algorithm === "concurrency";
        const most = isOver ? 0 : Math.max(part.charged, part.used ?? 0);
        recharge(part, count, now, most, isLive ? deadlineMs : "ended");
      });
      if (isLive) lease.deadlineMs = deadlineMs;
      else lease.forgetAtMs = now + rememberMs;
      return outcome;
    },

    settle(claims, { id, amounts, unreported }) {
      tick();
      const lease = leases.get(id);
      if (lease === undefined || lease.state === "settled") return notApplied();
      const outcome = chargeLease(lease, claims, (part, count, index) => {
        recharge(part, count, now, chargeAtEnd(part, amounts[index], unreported), "ended");
      });
      end(lease, unreported);
      return outcome;
    },

    adjust(claims, direction) {
      tick();
      return charge(claims, (count, index) => {
        const { terms, cost } = claims[index]!;
        if (terms.algorithm === "concurrency") return 0;
        if (direction === "refund") return giveBack(count, terms, cost);
        spend(count, terms, now, cost);
        return cost;
      });
    },

    block(claims, forMs) {
      tick();
      for (const claim of claims) countOf(claim).blockedUntilMs = now + forMs;
      return { applied: true, atMs: now, expired, states: claims.flatMap(() => [0, 0]) };
    },

    reset(claims) {
      tick();
      for (const claim of claims) Object.assign(countOf(claim), emptyCount(births++));
      return { applied: true, atMs: now, expired, states: claims.flatMap(() => [0, 0]) };
    },
  };

  function end(lease: OracleLease, unreported: Settlement["unreported"]): void {
    const { request, parts } = lease;
    lease.state = "settled";
    lease.forgetAtMs = now + rememberMs;
    // What was given back whole was never done: the same id is then a new request.
    const isUndone = unreported === "nothing" && parts.every(({ charged }) => charged === 0);
    if (isUndone || !request.repeatable) leases.delete(request.id);
  }
}
