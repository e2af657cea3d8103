import type { Claim, Outcome } from "@sluice/core";

import { closeOld, type Part, type Pool, refusalOf, take, tell } from "./pool.ts";
import type { Pools } from "./pools.ts";
import { refillAhead } from "./refill.ts";
import { endClosed, type Shop } from "./slices.ts";

/** What decisions are made with. */
export interface Desk {
  readonly shop: Shop;
  readonly pools: Pools;
  /** Of the claims last looked at: the pool of each that is shared. */
  readonly found: (Pool | undefined)[];
  /** What the pool needs that was found short. */
  need: number;
}

/** What this process alone can say: it has all, some claim is refused, nothing is shared, there is no room; or the pool that is short. */
type Finding = "fits" | "refused" | "full" | "exact" | Pool;

/** Looks whether all shared claims fit what this process holds. `isNew` counts them as asked for. */
export function look(desk: Desk, claims: readonly Claim[], now: number, isNew: boolean): Finding {
  const { shop, found } = desk;
  if (!findPools(desk, claims, now)) return "full";
  let short: Pool | undefined;
  let isShared = false;
  let isRefused = false;
  for (let index = 0; index < claims.length; index++) {
    const pool = found[index];
    if (pool === undefined) continue;
    const { cost } = claims[index]!;
    isShared = true;
    if (isNew) {
      pool.demand += cost;
      pool.decisions++;
      pool.lastUseMs = now;
    }
    closeOld(pool, now, shop.closed);
    if (shop.closed.length > 0) endClosed(shop);
    const { capacity } = pool.rule.shared;
    if (isCovered(pool, cost, now)) continue;
    const refusal = refusalOf(pool, cost, now);
    if (cost > capacity || refusal !== undefined) {
      isRefused = true;
      if (refusal !== undefined && refusal.probeAtMs <= now) refillAhead(shop, pool, now);
    } else if (short === undefined) {
      short = pool;
      desk.need = cost;
    }
  }
  if (!isShared) return "exact";
  if (isRefused) return isFull(desk, claims, now) ? "full" : "refused";
  return short ?? "fits";
}

/** Finds the pools of all claims that are shared; false when there is no room for one more. */
export function findPools({ pools, found }: Desk, claims: readonly Claim[], now: number): boolean {
  for (let index = 0; index < claims.length; index++) {
    const claim = claims[index]!;
    const rule = pools.ruleOf(claim.terms);
    found[index] = rule && pools.find(claim, rule, now);
    if (rule !== undefined && found[index] === undefined) return false;
  }
  return true;
}

/** Takes what `look` has just found to fit, and more from the server where little is left; `held` hears of each claim's parts. */
export function takeAll(
  { shop, found }: Desk,
  claims: readonly Claim[],
  now: number,
  held?: (index: number) => Part[],
): void {
  for (let index = 0; index < claims.length; index++) {
    const pool = found[index];
    if (pool === undefined) continue;
    take(pool, claims[index]!.cost, shop.closed, held?.(index));
    if (pool.left < pool.low) refillAhead(shop, pool, now);
  }
  if (shop.closed.length > 0) endClosed(shop);
}

/** What all claims come to: the shared ones as they stand here, the others as `exact` says, or as nobody asked. */
export function outcomeOf(
  desk: Desk,
  claims: readonly Claim[],
  verdict: Outcome["verdict"],
  now: number,
  exact?: Outcome,
): Outcome {
  const { shop, found } = desk;
  const states: number[] = [];
  let exactAt = 0;
  for (let index = 0; index < claims.length; index++) {
    const pool = found[index];
    if (pool !== undefined) {
      tell(pool, claims[index]!.cost, now, verdict === "allowed", states);
      continue;
    }
    for (let at = exactAt; at < exactAt + 4; at++) states.push(exact?.states[at] ?? 0);
    exactAt += 4;
  }
  const atMs = exact?.atMs ?? serverTime(desk, claims.length, now);
  const expired = takeExpired(shop) + (exact?.expired ?? 0);
  return { verdict, replayed: exact?.replayed ?? false, atMs, expired, states };
}

/** The server's time at `now`, or a little later: as of the slice that was used last, of the first pool of `count` claims. */
export function serverTime({ shop, found }: Desk, count: number, now: number): number {
  let known: { readonly atMs: number; readonly askedMs: number } = shop;
  for (let index = count - 1; index >= 0; index--) {
    const pool = found[index];
    if (pool !== undefined && !Number.isNaN(pool.atMs)) known = pool;
  }
  return Number.isNaN(known.atMs) ? Date.now() : known.atMs + Math.floor(now - known.askedMs);
}

/** Leases that were found to have expired since this was last asked. */
export function takeExpired(shop: Shop): number {
  const { expired } = shop;
  shop.expired = 0;
  return expired;
}

/** The verdict on claims some of which are refused here; the others as `exact` says. */
export function refusalVerdict(
  { found }: Desk,
  claims: readonly Claim[],
  now: number,
  exact?: Outcome,
): Outcome["verdict"] {
  if (exact?.verdict === "blocked") return "blocked";
  const isBlocked = claims.some(({ cost }, index) => {
    const pool = found[index];
    return pool !== undefined && refusalOf(pool, cost, now)?.verdict === "blocked";
  });
  return isBlocked ? "blocked" : "refused";
}

function isFull({ found }: Desk, claims: readonly Claim[], now: number): boolean {
  return claims.some(({ cost }, index) => {
    const pool = found[index];
    return pool !== undefined && refusalOf(pool, cost, now)?.verdict === "full";
  });
}

/** Whether a cost can be taken now. A cost of nothing needs only that the server has not said otherwise, of late. */
function isCovered(pool: Pool, cost: number, now: number): boolean {
  if (cost > 0) return cost <= pool.left;
  const isHeard = pool.refusals.some(({ untilMs }) => untilMs > now);
  return pool.slices.length > 0 || (isHeard && refusalOf(pool, 0, now) === undefined);
}
