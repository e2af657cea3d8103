import type { Clock } from "../clock.ts";
import { SluiceError } from "../errors.ts";
import type { ChargeState, Claim, ClaimState, SyncStore } from "../store/store.ts";

/** A charge that no lease can change any more. */
interface Spent {
  readonly key: string;
  readonly leavesAt: number;
  readonly amount: number;
}

/** One claim of one lease. */
interface Part {
  readonly claim: Claim;
  /** When the slot of the reservation leaves the window; never, for concurrency. */
  readonly leavesAt: number;
  used: number | undefined;
  charged: number;
}

interface Grant {
  readonly id: string;
  readonly parts: readonly Part[];
  readonly expiresAfterMs: number;
  readonly repeatable: boolean;
  deadline: number;
  state: "live" | "expired" | "settled";
  /** Once it has expired or settled. */
  rememberedUntil: number;
}

/**
 * The store contract by its definition: every charge stands in a list and is summed for every question. Slow, without a cap,
 * and the reference that other stores are compared with. An expired lease, and the outcome of a caller's id, is remembered
 * for `rememberMs`, as by `memoryStore()`.
 */
export function oracleStore(clock: Clock, rememberMs = 600_000): SyncStore {
  let spent: Spent[] = [];
  let grants: Grant[] = [];
  let read: number | undefined;
  let now = 0;

  /** Time is what has passed: a step back is no time. */
  function tick(): void {
    const next = clock();
    now = read === undefined ? next : now + Math.max(0, next - read);
    read = next;
    for (const grant of grants) {
      if (grant.state !== "live" || grant.deadline > now) continue;
      grant.state = "expired";
      grant.rememberedUntil = grant.deadline + rememberMs;
      for (const part of grant.parts) {
        if (part.leavesAt > grant.deadline) part.charged = lapsed(part);
      }
    }
    spent = spent.filter(({ leavesAt }) => leavesAt > now);
    grants = grants.filter(
      (grant) => isRemembered(grant) || grant.parts.some((part) => counted(grant, part, now) > 0),
    );
  }

  function isRemembered(grant: Grant): boolean {
    return grant.state === "live" || grant.rememberedUntil > now;
  }

  function recall(id: string): Grant | undefined {
    return grants.find((grant) => grant.id === id && isRemembered(grant));
  }

  /** What `part` counts for at `at`, if nothing happens until then. */
  function counted(grant: Grant, part: Part, at: number): number {
    if (part.leavesAt <= at) return 0;
    if (grant.state !== "live") return part.claim.algorithm === "concurrency" ? 0 : part.charged;
    return grant.deadline > at ? part.charged : lapsed(part);
  }

  function usedAt(key: string, at: number): number {
    let sum = 0;
    for (const charge of spent) {
      if (charge.key === key && charge.leavesAt > at) sum += charge.amount;
    }
    for (const grant of grants) {
      for (const part of grant.parts) {
        if (part.claim.key === key) sum += counted(grant, part, at);
      }
    }
    return sum;
  }

  /** Every instant at which the count of `key` falls if nothing happens, in order. */
  function instants(key: string): number[] {
    const found = spent.flatMap((charge) => (charge.key === key ? [charge.leavesAt] : []));
    for (const grant of grants) {
      for (const { claim, leavesAt } of grant.parts) {
        if (claim.key === key) found.push(leavesAt, grant.deadline);
      }
    }
    return found
      .filter((at) => at > now && Number.isFinite(at) && usedAt(key, at) < usedAt(key, at - 1))
      .toSorted((a, b) => a - b);
  }

  function stateOf(claim: Claim, refused: boolean): ClaimState {
    const used = usedAt(claim.key, now);
    const falls = instants(claim.key);
    const fits = (at: number): boolean => usedAt(claim.key, at) + claim.cost <= claim.capacity;
    const first = fits(now) ? now : (falls.find(fits) ?? Infinity);
    return {
      used,
      retryAfterMs: refused ? first - now : 0,
      freesAfterMs: (falls[0] ?? now) - now,
    };
  }

  function chargeAll(parts: readonly Part[], charges: readonly number[]): void {
    for (const [index, { claim, charged: before }] of parts.entries()) {
      const most = Math.max(charges[index]!, usedAt(claim.key, now) - before + charges[index]!);
      if (most > Number.MAX_SAFE_INTEGER) throw new SluiceError("invalid-cost", "cost: too much");
    }
    for (const [index, part] of parts.entries()) chargeTo(part, charges[index]!);
  }

  function chargeTo(part: Part, charge: number): void {
    if (part.leavesAt <= now && charge > part.charged) {
      const { key, windowMs, precisionMs } = part.claim;
      spent.push({
        key,
        leavesAt: slotEnd(now, precisionMs) + windowMs,
        amount: charge - part.charged,
      });
    }
    part.charged = charge;
  }

  function charged(parts: readonly Part[], claims: readonly Claim[]): ChargeState[] {
    return parts.map((part, index) => ({
      charged: part.charged,
      overage: Math.max(0, usedAt(part.claim.key, now) - claims[index]!.capacity),
    }));
  }

  return {
    reserve(claims, lease) {
      tick();
      const known = lease && recall(lease.id);
      if (known !== undefined && !isSame(known, claims)) {
        throw new SluiceError("id-conflict", "id: was reserved before with another cost");
      }
      const fits = claims.every(({ key, cost, capacity }) => usedAt(key, now) + cost <= capacity);
      const verdict = known !== undefined || fits ? "allowed" : "refused";
      if (known === undefined && fits) {
        const parts = claims.map((claim) => ({
          claim,
          leavesAt:
            claim.algorithm === "concurrency"
              ? Infinity
              : slotEnd(now, claim.precisionMs) + claim.windowMs,
          used: undefined,
          charged: claim.cost,
        }));
        if (lease === undefined) {
          for (const { claim, leavesAt } of parts) {
            if (claim.algorithm === "concurrency") continue;
            spent.push({ key: claim.key, leavesAt, amount: claim.cost });
          }
        } else {
          const { id, expiresAfterMs, repeatable } = lease;
          const deadline = now + expiresAfterMs;
          grants.push({
            id,
            parts,
            expiresAfterMs,
            repeatable,
            deadline,
            state: "live",
            rememberedUntil: 0,
          });
        }
      }
      const states = claims.map((claim) => stateOf(claim, verdict === "refused"));
      return { verdict, atMs: now, replayed: known !== undefined, claims: states };
    },

    extend(claims, { id, amounts }) {
      tick();
      const grant = recall(id);
      if (grant === undefined || grant.state === "settled") {
        return { applied: false, atMs: now, claims: [] };
      }
      const hasExpired = grant.state === "expired";
      const used = grant.parts.map((part, index) =>
        amounts[index] === undefined ? part.used : (part.used ?? 0) + amounts[index],
      );
      chargeAll(
        grant.parts,
        grant.parts.map(({ claim, charged: before }, index) =>
          hasExpired && claim.algorithm === "concurrency" ? 0 : Math.max(before, used[index] ?? 0),
        ),
      );
      for (const [index, part] of grant.parts.entries()) part.used = used[index];
      if (hasExpired) grant.rememberedUntil = now + rememberMs;
      else grant.deadline = now + grant.expiresAfterMs;
      return { applied: true, atMs: now, claims: charged(grant.parts, claims) };
    },

    settle(claims, { id, amounts, unreported }) {
      tick();
      const grant = recall(id);
      if (grant === undefined || grant.state === "settled") {
        return { applied: false, atMs: now, claims: [] };
      }
      const actual = grant.parts.map((part, index) => {
        if (part.claim.algorithm === "concurrency") return 0;
        if (unreported === "expiry") return lapsed(part);
        return amounts[index] ?? part.used ?? (unreported === "estimate" ? part.claim.cost : 0);
      });
      chargeAll(grant.parts, actual);
      grant.state = "settled";
      const isUndone = unreported === "nothing" && actual.every((charge) => charge === 0);
      grant.rememberedUntil = grant.repeatable && !isUndone ? now + rememberMs : now;
      return { applied: true, atMs: now, claims: charged(grant.parts, claims) };
    },
  };
}

/** What is charged for `part` when its lease expires. */
function lapsed({ claim, used, charged }: Part): number {
  if (claim.algorithm === "concurrency" || claim.onExpiry === "refund") return 0;
  return claim.onExpiry === "charge-used" ? (used ?? 0) : charged;
}

function slotEnd(at: number, precisionMs: number): number {
  return (Math.floor(at / precisionMs) + 1) * precisionMs - 1;
}

function isSame({ parts }: Grant, claims: readonly Claim[]): boolean {
  return told(parts.map(({ claim }) => claim)) === told(claims);
}

function told(claims: readonly Claim[]): string {
  return JSON.stringify(claims.map(({ key, cost }) => [key, cost]));
}
