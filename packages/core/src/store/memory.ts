import { leavesAtMs } from "../algorithms/sliding-window.ts";
import { type Clock, steadyClock } from "../clock.ts";
import { type Duration, durationMs } from "../duration.ts";
import { SluiceError } from "../errors.ts";
import { checkOptions, fail } from "../options.ts";
import { createBoundedMap } from "./bounded-map.ts";
import { type Count, createCount, freeAt, soonest, total, turn } from "./count.ts";
import { close, hold, type Holding, recharge } from "./holding.ts";
import { age, chargesAtEnd, checkSame, type LeaseRecord, usedAfter } from "./lease-record.ts";
import type { ChargeOutcome, Claim, ClaimState, Outcome, SyncStore } from "./store.ts";
import { add } from "./timeline.ts";

/** Options of `memoryStore()`. */
export interface MemoryStoreOptions {
  /** Default: `Date.now`. A step back neither frees nor freezes capacity: time goes on from there. */
  readonly clock?: Clock;
  /**
   * The most counts kept, one for each limit and subject with something charged; about 600 bytes each. A request that needs
   * one more is refused as `"store-unavailable"`: none in use is ever forgotten. Default: 1,000,000.
   */
  readonly maxKeys?: number;
  /**
   * The most leases kept, live or remembered; about 500 bytes each, and 250 for each limit. A request that needs one more is
   * refused alike, unless the outcome of one that has settled can be forgotten early. Default: 100,000.
   */
  readonly maxLeases?: number;
  /**
   * How long an expired lease can still be settled, and the outcome of a caller's id is remembered once settled.
   * Default: `"10m"`.
   */
  readonly remember?: Duration;
}

/** A store in this process's memory. */
export interface MemoryStore extends SyncStore {
  /** Forgets at once all that is idle. Never needed: each `reserve` forgets a little. */
  sweep(): void;
  /** How many counts, and how many leases, live or remembered, are kept. */
  size(): { readonly keys: number; readonly leases: number };
}

/** For each count and each lease that a `reserve` may add it looks at two, so that the idle go as fast as others come. */
const lookedAtPerCall = 2;

/**
 * Exact counts in this process's memory, decided at once, without timers. Memory is bounded by `maxKeys` and
 * `maxLeases`, and a count by 32 bytes for each slot of its limit's precision and for each live lease. Throws `invalid-option`.
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  checkOptions("memoryStore", options, ["clock", "maxKeys", "maxLeases", "remember"]);
  const { clock = Date.now, maxKeys = 1_000_000, maxLeases = 100_000, remember = "10m" } = options;
  if (typeof clock !== "function") fail("memoryStore: clock", "a function", clock);
  checkCap("maxKeys", maxKeys);
  checkCap("maxLeases", maxLeases);
  const rememberMs = durationMs(remember, "memoryStore: remember");
  const readClock = steadyClock(clock);
  const counts = createBoundedMap<Count>(maxKeys, (count, now) => {
    turn(count, now);
    return total(count) === 0;
  });
  const isForgotten = (lease: LeaseRecord, now: number): boolean => {
    age(lease, now, rememberMs);
    return lease.forgetAtMs <= now;
  };
  const leases = createBoundedMap(
    maxLeases,
    isForgotten,
    // An outcome that is only remembered must not refuse a request.
    (lease, now) => isForgotten(lease, now) || lease.state === "settled",
  );

  /** What is charged under `key` now, for good only once it is `put`. */
  function countOf(key: string, now: number): Count {
    const count = counts.entries.get(key);
    if (count === undefined) return createCount();
    turn(count, now);
    return count;
  }

  /** Keeps a count that holds anything, also where it was forgotten. */
  function put(key: string, count: Count): void {
    if (total(count) > 0) counts.entries.set(key, count);
  }

  function recall(id: string, now: number): LeaseRecord | undefined {
    const lease = leases.entries.get(id);
    if (lease === undefined) return undefined;
    age(lease, now, rememberMs);
    return lease.forgetAtMs > now ? lease : undefined;
  }

  function hasRoom(claims: readonly Claim[], leased: boolean, now: number): boolean {
    if (!counts.hasRoom(claims.length, now)) {
      const fresh = claims.filter(
        ({ key, cost, algorithm }) =>
          cost > 0 && (leased || algorithm !== "concurrency") && !counts.entries.has(key),
      );
      if (counts.entries.size + fresh.length > maxKeys) return false;
    }
    // Last, as it may forget an outcome: a refusal must not.
    return !leased || leases.hasRoom(1, now);
  }

  function outcome(
    verdict: Outcome["verdict"],
    atMs: number,
    claims: readonly Claim[],
    replayed: boolean,
  ): Outcome {
    const states = claims.map((claim): ClaimState => {
      const count = countOf(claim.key, atMs);
      const used = total(count);
      return {
        used,
        retryAfterMs: verdict === "refused" ? retryAfterMs(claim, count, atMs) : 0,
        freesAfterMs: used === 0 ? 0 : soonest(count) - atMs,
      };
    });
    return { verdict, atMs, replayed, claims: states };
  }

  /** Brings every holding to its charge, or throws and changes nothing. */
  function apply(
    lease: LeaseRecord,
    claims: readonly Claim[],
    charges: readonly number[],
    now: number,
    move: (holding: Holding, count: Count, index: number) => void,
  ): ChargeOutcome {
    const held = lease.holdings.map(({ claim }) => countOf(claim.key, now));
    for (const [index, { charged }] of lease.holdings.entries()) {
      const charge = charges[index]!;
      if (Math.max(charge, total(held[index]!) - charged + charge) > Number.MAX_SAFE_INTEGER) {
        throw new SluiceError("invalid-cost", "cost: would take a count beyond the safe integers");
      }
    }
    const states = lease.holdings.map((holding, index) => {
      const count = held[index]!;
      move(holding, count, index);
      put(holding.claim.key, count);
      return {
        charged: holding.charged,
        overage: Math.max(0, total(count) - claims[index]!.capacity),
      };
    });
    return { applied: true, atMs: now, claims: states };
  }

  return {
    reserve(claims, request) {
      const now = readClock();
      counts.forget(now, lookedAtPerCall * claims.length);
      leases.forget(now, lookedAtPerCall);
      const known = request && recall(request.id, now);
      if (known !== undefined) {
        checkSame(known, claims);
        return outcome("allowed", now, claims, true);
      }
      const asked = claims.map(({ key }) => countOf(key, now));
      if (!claims.every((claim, index) => fits(claim, asked[index]!))) {
        return outcome("refused", now, claims, false);
      }
      if (!hasRoom(claims, request !== undefined, now)) return outcome("full", now, claims, false);
      if (request === undefined) {
        for (const [index, claim] of claims.entries()) spend(claim, asked[index]!, now);
      } else {
        const deadlineMs = now + request.expiresAfterMs;
        leases.entries.set(request.id, {
          holdings: claims.map((claim, index) => hold(claim, asked[index]!, now, deadlineMs)),
          expiresAfterMs: request.expiresAfterMs,
          repeatable: request.repeatable,
          state: "live",
          deadlineMs,
          forgetAtMs: Infinity,
        });
      }
      for (const [index, { key }] of claims.entries()) put(key, asked[index]!);
      return outcome("allowed", now, claims, false);
    },

    extend(claims, { id, amounts }) {
      const now = readClock();
      const lease = recall(id, now);
      if (lease === undefined || lease.state === "settled") {
        return { applied: false, atMs: now, claims: [] };
      }
      const used = usedAfter(lease, amounts);
      const charges = lease.holdings.map(({ claim, charged }, index) =>
        // What has expired is no longer in flight.
        claim.algorithm === "concurrency" && lease.state === "expired"
          ? 0
          : Math.max(charged, used[index] ?? 0),
      );
      const isLive = lease.state === "live";
      const deadlineMs = now + lease.expiresAfterMs;
      const applied = apply(lease, claims, charges, now, (holding, count, index) => {
        holding.used = used[index];
        if (isLive) recharge(holding, count, now, charges[index]!, deadlineMs);
        else close(holding, count, now, charges[index]!);
      });
      if (isLive) lease.deadlineMs = deadlineMs;
      else lease.forgetAtMs = now + rememberMs;
      return applied;
    },

    settle(claims, { id, amounts, unreported }) {
      const now = readClock();
      const lease = recall(id, now);
      if (lease === undefined || lease.state === "settled") {
        return { applied: false, atMs: now, claims: [] };
      }
      const charges = chargesAtEnd(lease, amounts, unreported);
      const applied = apply(lease, claims, charges, now, (holding, count, index) => {
        close(holding, count, now, charges[index]!);
      });
      lease.state = "settled";
      lease.forgetAtMs = now + rememberMs;
      // What was given back whole was never done: the same id is then a new request.
      const isUndone = unreported === "nothing" && charges.every((charge) => charge === 0);
      if (isUndone || !lease.repeatable) leases.entries.delete(id);
      return applied;
    },

    sweep() {
      const now = readClock();
      counts.forget(now, Infinity);
      leases.forget(now, Infinity);
    },

    size() {
      return { keys: counts.entries.size, leases: leases.entries.size };
    },
  };
}

function fits(claim: Claim, count: Count): boolean {
  return claim.cost <= claim.capacity - total(count);
}

function retryAfterMs(claim: Claim, count: Count, now: number): number {
  if (claim.cost > claim.capacity) return Infinity;
  if (fits(claim, count)) return 0;
  return freeAt(count, total(count) - (claim.capacity - claim.cost)) - now;
}

/** Charges what no lease will settle. */
function spend(claim: Claim, count: Count, now: number): void {
  if (claim.algorithm === "concurrency") return;
  add(count.kept, leavesAtMs(now, claim.windowMs, claim.precisionMs), claim.cost);
}

function checkCap(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    fail(`memoryStore: ${option}`, "a positive safe integer", value);
  }
}
