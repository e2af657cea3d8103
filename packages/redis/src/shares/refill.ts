import type { Outcome } from "@sluice/core";

import { closeAll, type Pool, refusalOf, remember } from "./pool.ts";
import { mostSlices } from "./rule.ts";
import { endClosed, type Shop, takeSlice } from "./slices.ts";

/** A server that refuses is asked again after so many decisions, and where nobody uses much, or at the longest, after this time. */
const decisionsPerAsk = 24;
const longestSilenceMs = 1_000;
/** Used less often in a slice's life, a limit is not refilled ahead. */
const oftenEnough = 4;
const measuredMs = 5;
/** After a refill was granted, so many times as much is asked for at most: one that asks too much costs a second question. */
const bolder = 8;
/** A refill that is used up within this part of its lifetime was too small. */
const hotPart = 16;

/** Takes more for `pool`, at least `need` in one slice; one refill at a time. Answered when slices are there, or a refusal is known. */
export function refill(shop: Shop, pool: Pool, need: number): Promise<void> {
  if (pool.refill !== undefined) return pool.refill;
  const refilled = takeMore(shop, pool, need).finally(() => {
    pool.refill = undefined;
    shop.underWay.delete(refilled);
  });
  shop.underWay.add(refilled);
  pool.refill = refilled;
  return refilled;
}

/** Refills ahead where what is left will not last, or the server may have more. */
export function refillAhead(shop: Shop, pool: Pool, now: number): void {
  if (pool.refill !== undefined) return;
  const refusal = refusalOf(pool, 1, now);
  if (refusal !== undefined && refusal.probeAtMs > now) return;
  // Those who then have to wait will hear of it themselves.
  refill(shop, pool, 1).catch(() => {});
}

async function takeMore(shop: Shop, pool: Pool, need: number): Promise<void> {
  // Whoever asks in this turn is seen in `wanted`.
  await Promise.resolve();
  const now = shop.now();
  measure(pool, now);
  const { lifeMs, slice } = pool.rule;
  const capacity = pool.rule.shared.capacity;
  const used = Math.ceil(pool.unitRate * lifeMs);
  const most = slice * bulkOf(pool, now);
  const likely = Math.min(Math.max(used, pool.wanted), most, pool.room);
  const size = Math.min(Math.max(need, likely, 1), capacity);
  const lasting = Math.max(size / 2, Math.min(size, pool.unitRate * shop.answerMs * 1.5));
  pool.low = used < oftenEnough ? 0 : lasting;
  pool.refilledMs = now;
  const outcome = await takeSlice(shop, pool, size);
  if (outcome === undefined) return;
  if (outcome.verdict === "allowed") {
    pool.room = Math.min(slice * mostSlices, pool.room * bolder);
    return;
  }
  const free = outcome.verdict === "refused" ? capacity - pool.charged : 0;
  const less = Math.max(need, Math.min(size - 1, free), 1);
  // What there is, if that will do; else the wait for what is needed, and not for a whole slice.
  const again =
    outcome.verdict === "refused" && less < size ? await takeSlice(shop, pool, less) : outcome;
  pool.room = less;
  if (again !== undefined && again.verdict !== "allowed") {
    refuse(shop, pool, Math.min(less, size), again);
  }
}

/** Remembers what the server refused, so that it is not asked for each request. */
function refuse(shop: Shop, pool: Pool, cost: number, outcome: Outcome): void {
  const now = shop.now();
  const { askedMs } = pool;
  const { verdict, states } = outcome;
  const isBlocked = verdict === "blocked";
  const retryAtMs = askedMs + (verdict === "full" ? 100 : states[1]!);
  const isBusy = pool.decisionRate * pool.rule.lifeMs >= oftenEnough;
  // Apart from those of other processes, which heard the same time.
  const apart = 0.75 + Math.random() / 2;
  const spacedMs = Math.min(pool.rule.lifeMs, decisionsPerAsk / pool.decisionRate) * apart;
  const freeAtMs = Math.min(retryAtMs, now + longestSilenceMs);
  // Where many ask, the server is asked while they are still refused, rather than all of them wait for its answer.
  const probeAtMs = isBusy ? Math.max(freeAtMs, now + spacedMs) : Infinity;
  const untilMs = isBusy ? probeAtMs + Math.max(shop.answerMs * 3, spacedMs) : freeAtMs;
  const blockedUntilMs = isBlocked ? askedMs + states[3]! : 0;
  remember(
    pool,
    { verdict, cost: isBlocked ? 0 : cost, retryAtMs, untilMs, probeAtMs, blockedUntilMs },
    now,
  );
  if (isBlocked) {
    pool.era++;
    closeAll(pool, shop.closed);
  }
  endClosed(shop);
}

/** How many slices are taken in one go: more where those before were used up in a small part of their lifetime. */
function bulkOf(pool: Pool, now: number): number {
  const isHot = now - pool.refilledMs < pool.rule.lifeMs / hotPart;
  pool.bulk = isHot ? Math.min(mostSlices, pool.bulk * 2) : Math.max(1, pool.bulk - 1);
  return pool.bulk;
}

function measure(pool: Pool, now: number): void {
  const elapsed = now - pool.sinceMs;
  if (elapsed < measuredMs) return;
  const isLong = elapsed > pool.rule.lifeMs || pool.unitRate === 0;
  const unitRate = pool.demand / elapsed;
  const decisionRate = pool.decisions / elapsed;
  pool.unitRate = isLong ? unitRate : (pool.unitRate + unitRate) / 2;
  pool.decisionRate = isLong ? decisionRate : (pool.decisionRate + decisionRate) / 2;
  pool.demand = 0;
  pool.decisions = 0;
  pool.sinceMs = now;
}
