import type { AsyncStore, Outcome } from "@sluice/core";

import { close, open, type Pool, type Slice } from "./pool.ts";
import { idleMs } from "./rule.ts";

/** What the pools of one store have in common. */
export interface Shop {
  readonly store: AsyncStore;
  /** Local time in milliseconds, which never steps back. */
  readonly now: () => number;
  readonly nextId: () => string;
  /** All slices that have not ended. */
  readonly live: Set<Slice>;
  /** Slices that have just been closed. */
  readonly closed: Slice[];
  /** Ends of slices that failed, or slices whose answer never came: to be tried once more. */
  readonly unsettled: Ending[];
  /** Refills and ends of slices that the server has not answered. */
  readonly underWay: Set<Promise<unknown>>;
  /** Milliseconds for an answer of the server, of late. */
  answerMs: number;
  /** The server's time as it last told, and by the local clock when it was asked; `NaN` before it ever did. */
  atMs: number;
  askedMs: number;
  /** Leases that were found to have expired, and have not been told to anyone. */
  expired: number;
  /** Of decisions on shared limits: those made at once, and those that had to wait for the server; and how often it was asked for a slice. */
  readonly counts: { local: number; waited: number; refills: number };
  /** Sees to it that slices are swept. */
  readonly wake: () => void;
}

/** How a slice ends at the server. */
interface Ending {
  readonly claims: readonly [Slice["claim"]];
  readonly id: string;
  readonly used: number;
}

const mostUnsettled = 1_000;
const retriedAtOnce = 16;

/** Takes one slice; what the server said, or nothing when that is no longer of use. */
export async function takeSlice(
  shop: Shop,
  pool: Pool,
  size: number,
): Promise<Outcome | undefined> {
  const { store, now } = shop;
  const { rule, subject, era } = pool;
  const { shared, lifeMs, leaseMs } = rule;
  const id = shop.nextId();
  const claim = { terms: shared, subject, cost: size };
  // Before it is sent: the server charges it later than this, and counts it for longer.
  const askedMs = now();
  shop.counts.refills++;
  let outcome: Outcome;
  try {
    outcome = await store.reserve([claim], { id, expiresAfterMs: leaseMs, repeatable: false });
  } catch (error) {
    settleLater(shop, { claims: [claim], id, used: 0 });
    throw error;
  }
  const answeredMs = now();
  shop.answerMs += (answeredMs - askedMs - shop.answerMs) / 4;
  const { verdict, states, atMs, expired } = outcome;
  shop.expired += expired;
  shop.atMs = atMs;
  shop.askedMs = askedMs;
  // A reset has forgotten it, or the limit has other terms by now.
  const isVoid = pool.era !== era || pool.rule !== rule;
  if (!isVoid) {
    pool.charged = states[0]!;
    pool.freesAtMs = askedMs + states[2]!;
    pool.atMs = atMs;
    pool.askedMs = askedMs;
  }
  if (verdict === "allowed") {
    const untilMs = askedMs + Math.min(lifeMs, periodMs(shared.periodEndMs, atMs));
    const slice: Slice = {
      pool,
      id,
      claim,
      askedMs,
      untilMs,
      atMs,
      era,
      left: size,
      holders: 0,
      state: "open",
    };
    shop.live.add(slice);
    shop.wake();
    // One that comes too late to be used goes back as one that has grown old.
    open(slice);
    pool.isLate = untilMs <= answeredMs;
    if (isVoid || pool.isLate) close(slice, shop.closed);
    endClosed(shop);
    retryEndings(shop);
  }
  return isVoid ? undefined : outcome;
}

/** Milliseconds of a period that are certainly left. */
function periodMs(periodEndMs: ((atMs: number) => number) | undefined, atMs: number): number {
  if (periodEndMs === undefined) return Infinity;
  const leftMs = periodEndMs(atMs) - atMs;
  return leftMs - 1 - Math.ceil(leftMs / 1_000);
}

/**
 * Tells the server what was used of slices that have been closed. One of which leases may still give a good part back waits for
 * them: it can be settled only once.
 */
export function endClosed(shop: Shop): void {
  for (const slice of shop.closed.splice(0)) {
    if (slice.state !== "closed") continue;
    const used = slice.claim.cost - slice.left;
    if (slice.holders === 0 || slice.left * 4 >= used) end(shop, slice);
  }
}

/** Tells the server, for good, what was used of a slice. */
export function end(shop: Shop, slice: Slice): void {
  const { id, claim, left, pool } = slice;
  slice.state = "ended";
  shop.live.delete(slice);
  pool.charged = Math.max(0, pool.charged - left);
  // Now there is room for it.
  if (left > 0) pool.refusals = pool.refusals.filter(({ verdict }) => verdict === "blocked");
  settle(shop, { claims: [claim], id, used: claim.cost - left });
}

function settle(shop: Shop, ending: Ending): void {
  const { claims, id, used } = ending;
  const settled = shop.store
    .settle(claims, { id, amounts: [used], unreported: "nothing" })
    .catch(() => settleLater(shop, ending))
    .finally(() => shop.underWay.delete(settled));
  shop.underWay.add(settled);
}

/** Until then the server counts the whole slice. */
function settleLater({ unsettled }: Shop, ending: Ending): void {
  unsettled.push(ending);
  if (unsettled.length > mostUnsettled) unsettled.shift();
}

function retryEndings(shop: Shop): void {
  for (const { claims, id, used } of shop.unsettled.splice(0, retriedAtOnce)) {
    shop.store.settle(claims, { id, amounts: [used], unreported: "nothing" }).catch(() => {});
  }
}

/** Closes what has grown old or is not used; ends what no lease holds any more, or nobody would count any more. */
export function sweepSlices(shop: Shop, now: number): void {
  for (const slice of shop.live) {
    const { pool, state, holders, askedMs } = slice;
    if (state === "empty" && slice.untilMs <= now) slice.state = "closed";
    if (state === "empty" || state === "closed") {
      if (holders === 0 || askedMs + pool.rule.leaseMs <= now) end(shop, slice);
    } else if (slice.untilMs <= now || pool.lastUseMs + idleMs <= now) {
      close(slice, shop.closed);
    }
  }
  endClosed(shop);
}

/** Ends a slice that nobody holds any more, and nobody can use. */
export function endIfLetGo(shop: Shop, { slice }: { readonly slice: Slice }): void {
  const isUsable = slice.state === "open" || slice.state === "ended";
  if (!isUsable && slice.holders === 0) end(shop, slice);
}
