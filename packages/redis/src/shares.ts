import type { AsyncStore, ChargeOutcome, Claim } from "@sluice/core";

import { chargeOutcome, recharge, sharedClaim } from "./shares/charging.ts";
import {
  type Desk,
  findPools,
  look,
  outcomeOf,
  refusalVerdict,
  serverTime,
  takeAll,
  takeExpired,
} from "./shares/deciding.ts";
import { chargeAtEnd, endHold, type Hold, recall, release, sweepHolds } from "./shares/holds.ts";
import { peeked } from "./shares/peeking.ts";
import { close, closeAll } from "./shares/pool.ts";
import { createPools } from "./shares/pools.ts";
import { type Counter, reserveSlowly } from "./shares/reserving.ts";
import { type Share, sweepMs } from "./shares/rule.ts";
import { end, endClosed, type Shop, sweepSlices } from "./shares/slices.ts";

export { checkShares, type ShareOptions } from "./shares/options.ts";

/** Options of `shares()`. */
export interface SharesOptions {
  /** By the names of the limits that are shared. */
  readonly shares: ReadonlyMap<string, Share>;
  /** The most counts of shared limits that this process knows at one time. Default: 10,000. */
  readonly keys?: number;
  /** The most requests that wait for slices of one count; more are refused as `"full"`. Default: 1,000. */
  readonly waiting?: number;
  /** The most leases that hold slices, live or remembered; more are refused as `"full"`. Default: 100,000. */
  readonly leases?: number;
  /** Local time in milliseconds, which never steps back. Default: `performance.now`. */
  readonly now?: () => number;
}

/** A store that decides on shared limits in this process. */
export interface SharedStore extends AsyncStore {
  /** Gives back all that this process has taken and not used: before it ends. It goes on taking when it is asked. */
  giveBack(): Promise<void>;
  /**
   * Of decisions on shared limits, those made here at once, and those that waited for the server; and how often the server was asked for
   * a slice.
   */
  counts(): { readonly local: number; readonly waited: number; readonly refills: number };
}

/**
 * Decides on shared limits out of slices that this process has taken from the store: see `createRule` for why no number of processes
 * ever admits more than the limit. What fits is decided at once; what does not waits for one refill of its count, which takes as
 * much as is used in a slice's lifetime; what the store has refused is refused here until it has room, or for a second, for
 * a busy limit until some decisions later. What is not used goes back after half a second, or with its lifetime.
 *
 * All other claims of a request are decided by the store, in one call, while it holds its share, which goes back if they are refused.
 *
 * What differs from an exact limit. `used` is what the server knew last, less what is unused here; waits are as the server told.
 * A limit is refused while others hold its last units unused. A lease of only shared limits is known to this process alone: an id that comes
 * again elsewhere is new there; what it gives back goes to its slice, and is lost once that has been settled. A block, a reset or a
 * refund by another process is seen when the slices held here have ended; after a reset these come on top.
 */
export function shares(store: AsyncStore, options: SharesOptions): SharedStore {
  const { keys = 10_000, waiting = 1_000, leases = 100_000 } = options;
  const now = options.now ?? (() => performance.now());
  const prefix = `~slice-${crypto.randomUUID()}-`;
  let slices = 0;
  const shop: Shop = {
    store,
    now,
    nextId: () => prefix + (slices++).toString(36),
    live: new Set(),
    closed: [],
    unsettled: [],
    underWay: new Set(),
    answerMs: 1,
    atMs: Number.NaN,
    askedMs: 0,
    expired: 0,
    counts: { local: 0, waited: 0, refills: 0 },
    wake: () => sweepLater(),
  };
  const pools = createPools(options.shares, keys);
  const desk: Desk = { shop, pools, found: [], need: 0 };
  const holds = new Map<string, Hold>();
  const counter: Counter = { store, desk, holds, mostWaiting: waiting, mostHolds: leases };
  let timer: ReturnType<typeof setTimeout> | undefined;

  function sweepLater(): void {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      const at = now();
      sweepHolds(shop, holds, at);
      sweepSlices(shop, at);
      pools.sweep(at);
      if (shop.live.size > 0 || holds.size > 0) sweepLater();
    }, sweepMs);
    timer.unref();
  }

  const isShared = ({ terms }: Claim): boolean => pools.ruleOf(terms) !== undefined;
  const isExact = (claim: Claim): boolean => !isShared(claim);
  const asCounted = (claims: readonly Claim[]): readonly Claim[] =>
    claims.map((claim) => sharedClaim(desk, claim));

  /** What is known of a count does not hold any more; `isOver`: nor may its slices be used. */
  function forget(claims: readonly Claim[], isOver: boolean): void {
    findPools(desk, claims, now());
    for (const pool of desk.found.slice(0, claims.length)) {
      if (pool === undefined) continue;
      pool.refusals = [];
      if (!isOver) continue;
      pool.era++;
      closeAll(pool, shop.closed);
    }
    endClosed(shop);
  }

  /** Does so before, for what is decided meanwhile, and after, for what was decided before. */
  async function changing(
    claims: readonly Claim[],
    isOver: boolean,
    call: (counted: readonly Claim[]) => Promise<ChargeOutcome>,
  ): Promise<ChargeOutcome> {
    if (!claims.some(isShared)) return call(claims);
    forget(claims, isOver);
    try {
      return await call(asCounted(claims));
    } finally {
      forget(claims, isOver);
    }
  }

  /** Changes what a lease is charged; `chargesOf` its shared claims, unless it has ended. */
  async function charging(
    claims: readonly Claim[],
    id: string,
    amounts: readonly (number | undefined)[],
    ask: (
      exact: readonly Claim[],
      given: readonly (number | undefined)[],
    ) => Promise<ChargeOutcome>,
    change: (hold: Hold) => Promise<readonly number[]>,
  ): Promise<ChargeOutcome> {
    const sharing = claims.map(isShared);
    const given = amounts.filter((_, index) => !sharing[index]);
    const exact = claims.filter((_, index) => !sharing[index]);
    const answer = exact.length > 0 ? await ask(exact, given) : undefined;
    const at = now();
    const hold = recall(shop, holds, id, at);
    findPools(desk, claims, at);
    const atMs = serverTime(desk, claims.length, at);
    const expired = takeExpired(shop);
    const isOver = hold === undefined || hold.state === "settled";
    const applied = answer?.applied ?? !isOver;
    if (!applied) return { applied, atMs: answer?.atMs ?? atMs, expired, states: [] };
    const overages = isOver ? [] : await change(hold);
    const told = answer ?? { applied, atMs, expired: 0, states: [] };
    const whole = { ...told, expired: told.expired + expired };
    return chargeOutcome(hold, claims, sharing, overages, whole);
  }

  return {
    ...store,
    reserve(claims, lease) {
      try {
        if (lease !== undefined) {
          if (!claims.some(isShared)) return store.reserve(claims, lease);
          return reserveSlowly(counter, claims, lease, true);
        }
        const at = now();
        const found = look(desk, claims, at, true);
        if (found === "exact") return store.reserve(claims);
        if (typeof found === "object" || found === "full" || claims.some(isExact)) {
          return reserveSlowly(counter, claims, undefined, false);
        }
        shop.counts.local++;
        if (found === "fits") takeAll(desk, claims, at);
        const verdict = found === "fits" ? "allowed" : refusalVerdict(desk, claims, at);
        return Promise.resolve(outcomeOf(desk, claims, verdict, at));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async reserveMany(batch) {
      if (!batch.some((claims) => claims.some(isShared))) return store.reserveMany(batch);
      return Promise.all(batch.map((claims) => this.reserve(claims)));
    },
    async peek(claims) {
      if (!claims.some(isShared)) return store.peek(claims);
      return peeked(desk, claims, await store.peek(asCounted(claims)));
    },
    async extend(claims, extension) {
      if (!claims.some(isShared)) return store.extend(claims, extension);
      const { id, amounts } = extension;
      return charging(
        ...([claims, id, amounts] as const),
        (exact, given) => store.extend(exact, { id, amounts: given }),
        async (hold) => {
          const used = hold.held.map((held) => (held.used ?? 0) + (amounts[held.index] ?? 0));
          const charges = hold.held.map(({ charged }, at) => Math.max(charged, used[at]!));
          const at = now();
          const overages = await recharge(desk, hold, charges, at);
          for (const [index, held] of hold.held.entries()) {
            if (amounts[held.index] !== undefined) held.used = used[index];
            if (hold.state === "expired") release(shop, held.parts);
          }
          if (hold.state === "live") hold.deadlineMs = at + hold.request.expiresAfterMs;
          return overages;
        },
      );
    },
    async settle(claims, settlement) {
      if (!claims.some(isShared)) return store.settle(claims, settlement);
      const { id, amounts, unreported } = settlement;
      return charging(
        ...([claims, id, amounts] as const),
        (exact, given) => store.settle(exact, { id, amounts: given, unreported }),
        async (hold) => {
          const before = hold.state;
          // No other settlement gets in while the server is asked.
          hold.state = "settled";
          const charges = hold.held.map((held) =>
            chargeAtEnd(held, amounts[held.index], unreported),
          );
          try {
            const overages = await recharge(desk, hold, charges, now());
            endHold(shop, holds, hold, unreported, now());
            return overages;
          } catch (error) {
            hold.state = before;
            throw error;
          }
        },
      );
    },
    adjust: (claims, direction) =>
      changing(claims, false, (counted) => store.adjust(counted, direction)),
    block: (claims, forMs) => changing(claims, true, (counted) => store.block(counted, forMs)),
    reset: (claims) => changing(claims, true, (counted) => store.reset(counted)),
    counts: () => ({ ...shop.counts }),
    async giveBack() {
      // A slice that is asked for now would come after the others have gone.
      await Promise.allSettled(shop.underWay);
      for (const slice of shop.live) if (slice.state === "open") close(slice, shop.closed);
      for (const slice of shop.closed.splice(0)) end(shop, slice);
      await Promise.allSettled(shop.underWay);
    },
  };
}
